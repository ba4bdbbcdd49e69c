import { signatureKey } from "../provider/secrets";

/** A resource as a stack's state holds it, with secrets opened and what the provider filled in left out. */
export interface RecordedResource {
  type: string;
  name: string;
  urn: string;
  /** The resource's ID on the engine; empty for components. */
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** When it was last changed, in ISO 8601. */
  modified: string | null;
}

export type Properties = Record<string, unknown>;

/** What a stack's state says. */
export interface StackRecord {
  /** Changes with every update. */
  version: string;
  resources: RecordedResource[];
  /** Operations that an update began and did not end. */
  pending: number;
}

/** The part of `pulumi stack export --show-secrets` that is read. */
interface Export {
  deployment?: {
    manifest?: { time?: string };
    resources?: {
      type: string;
      urn: string;
      id?: string;
      inputs?: Properties;
      outputs?: Properties;
      modified?: string;
    }[];
    pending_operations?: unknown[];
  };
}

/** The provider's own defaults among the inputs; the program never gave them. Source: the Terraform bridge. */
const defaultsKey = "__defaults";

/** A stack's state from Pulumi's export of it. */
export function stackRecord(text: string): StackRecord {
  const { deployment = {} } = JSON.parse(text) as Export;
  const resources = (deployment.resources ?? []).map(
    ({ type, urn, id = "", inputs, outputs, modified }): RecordedResource => ({
      type,
      urn,
      id,
      name: urn.split("::").at(-1) ?? "",
      inputs: plain(inputs ?? {}) as Properties,
      outputs: plain(outputs ?? {}) as Properties,
      modified: modified ?? null,
    }),
  );
  const pending = deployment.pending_operations?.length ?? 0;
  return { version: JSON.stringify([deployment.manifest?.time, pending, resources]), resources, pending };
}

/** A value with its secrets opened, and without what the provider filled in. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Properties;
  if (signatureKey in object) {
    const opened =
      typeof object.plaintext === "string" ? (JSON.parse(object.plaintext) as unknown) : object.value;
    return plain(opened);
  }
  const defaults = new Set((object[defaultsKey] as string[] | undefined) ?? []);
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key, inner]) => key !== defaultsKey && !defaults.has(key) && inner !== undefined)
      .map(([key, inner]) => [key, plain(inner)]),
  );
}
