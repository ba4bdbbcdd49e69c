import * as pulumi from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { secretText, unknownText } from "./resource";

/**
 * An input as plain data: secrets and what is not known yet become placeholders, so that no rule and no message ever
 * holds a secret.
 */
export function plainInput(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownText;
  if (Array.isArray(value)) return value.map(plainInput);
  if (typeof value !== "object" || value === null) return value;
  if ((value as Record<string, unknown>)[specialSigKey] === specialSecretSig) return secretText;
  return plainInputs(value as Record<string, unknown>);
}

/** All inputs of a resource as plain data, without those that are not set. */
export function plainInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, plainInput(value)]),
  );
}
