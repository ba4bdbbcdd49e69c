import * as pulumi from "@pulumi/pulumi";
import { type AnyResource, type ResourceOptions, secretText, unknownText } from "./resource";

/** A resource as the program makes it, before anybody waits for its inputs. */
interface NotedResource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  options: ResourceOptions;
}

/** Writes down every resource below the one that is made with these options. */
export class Notebook {
  private readonly resources: NotedResource[] = [];

  readonly options: pulumi.ComponentResourceOptions = {
    transformations: [
      ({ type, name, props, opts }) => {
        const { retainOnDelete, ignoreChanges } = opts as pulumi.CustomResourceOptions;
        const options = {
          ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
          ...(ignoreChanges ? { ignoreChanges } : {}),
        };
        this.resources.push({ type, name, inputs: props, options });
        return undefined;
      },
    ],
  };

  /** The resources as far as they are known at once: what others will give is not. */
  now(): AnyResource[] {
    return this.resources.map((resource) => seen(resource, plain(resource.inputs)));
  }

  /** The resources with all inputs, once those that give them are there. */
  async resolved(): Promise<AnyResource[]> {
    return Promise.all(
      this.resources.map(async (resource) => seen(resource, plain(await waited(resource.inputs)))),
    );
  }
}

function seen({ type, name, options }: NotedResource, value: unknown): AnyResource {
  const given = Object.entries(value as Record<string, unknown>).filter(([, input]) => input !== undefined);
  const unknown = given
    .filter(([, input]) => input === unknownText || input === secretText)
    .map(([input]) => input);
  const inputs = Object.fromEntries(given.filter(([input]) => !unknown.includes(input)));
  return { type, name, inputs, options, ...(unknown.length > 0 ? { unknown } : {}) };
}

/** Data without what rules are not to see: outputs are not known, and nobody's secret is handed on. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return secretText;
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownText;
  return mapped(value, plain);
}

/** Marks a secret where outputs have been waited for. */
class Secret {}

async function waited(value: unknown): Promise<unknown> {
  if (value instanceof Promise) return waited(await value);
  if (pulumi.Output.isInstance(value)) {
    const output = value as pulumi.Output<unknown> & {
      promise(): Promise<unknown>;
      isKnown: Promise<boolean>;
    };
    if (await pulumi.isSecret(output)) return new Secret();
    return (await output.isKnown) ? waited(await output.promise()) : output;
  }
  if (Array.isArray(value)) return Promise.all(value.map(waited));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(async ([name, part]) => [name, await waited(part)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function mapped(value: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, change(part)]));
}

/** Plain data alone: resources and the like are looked into by nobody. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
