import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { namespace, sealedSecret } from "../config/schema";
import { Environment, type EnvironmentArgs } from "../components/environment";
import type { SecretSpec } from "../topology";
import { Notebook } from "./noted";
import type { AnyResource } from "./resource";

/**
 * All that the program registers for a stack, with every input known: run on Pulumi's mocks, so that it takes neither an
 * engine nor a state. Only for processes that run no program of their own, as Pulumi's runtime is one for all.
 */
export async function registeredOnMocks(args: EnvironmentArgs): Promise<AnyResource[]> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as Record<string, unknown>), ...computed(type, name) },
      }),
      call: () => ({}),
    },
    "mcp",
    args.topology.stack,
    false,
  );
  // What only Pulumi can open; any text stands for it.
  const given = givenSecrets(args.topology.secrets);
  pulumi.runtime.setAllConfig(given, Object.keys(given));
  const notebook = new Notebook();
  await withoutTraces(() =>
    pulumi.runtime.runInPulumiStack(async () => {
      new Environment(args, notebook.options);
    }),
  );
  const resources = await notebook.resolved();
  await pulumi.runtime.disconnect();
  return resources;
}

/** The settings that give secrets, as Pulumi hands them over: text, or a map of it as JSON. */
function givenSecrets(specs: readonly SecretSpec[]): Record<string, string> {
  const given: Record<string, unknown> = {};
  for (const { source } of specs) {
    if (source.kind !== "setting") continue;
    const [leaf, ...maps] = [`${namespace}:${source.key}`, ...(source.path ?? [])].reverse();
    const map = maps.reverse().reduce<Record<string, unknown>>((at, step) => {
      return (at[step] ??= {}) as Record<string, unknown>;
    }, given);
    map[leaf ?? ""] = sealedSecret;
  }
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Pulumi takes the stack of every promise of every resource, and loaders of TypeScript map each frame to its source. */
async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What the providers work out: of the right form, and secret where theirs is. */
function computed(type: string, name: string): Record<string, unknown> {
  const hash = createHash("sha256").update(name).digest("hex");
  if (type === "mcpdocker:index:Image") return { imageId: `sha256:${hash}` };
  if (type === "mcpdocker:index:ConfigVolume") return { volumeName: `${name}-${hash.slice(0, 12)}` };
  if (type === "random:index/randomPassword:RandomPassword")
    return { result: pulumi.secret(hash.slice(0, 32)) };
  if (type === "random:index/randomId:RandomId") return { hex: hash.slice(0, 16) };
  return {};
}
