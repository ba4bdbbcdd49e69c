import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Whose an object on the engine is. */
export interface Owner {
  stack: string;
  /**
   * Random, made once and kept in the state: two states that both call their stack `dev` never take each other's
   * containers for their own.
   */
  environment: pulumi.Output<string>;
}

/** The owner that a stack's objects are labelled with. */
export function stackOwner(stack: string, options: pulumi.CustomResourceOptions): Owner {
  return { stack, environment: new random.RandomId("environment", { byteLength: 8 }, options).hex };
}

/** The labels that every object of a stack carries on the engine: how commands find what is theirs. */
export function labels({ stack, environment }: Owner, more: Record<string, string> = {}) {
  const all = { "dev.mcp.stack": stack, "dev.mcp.environment": environment, ...more };
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}
