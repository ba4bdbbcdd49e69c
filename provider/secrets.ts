import type { Properties } from "./resource";

/** The property that tells an object of Pulumi's own, such as a secret. Source: its wire protocol, values with a signature. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
/** What that property of a secret is. */
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Properties with every secret opened; what is sent back to the engine keeps the sealed form, and so stays secret. */
export function openSecrets(properties: Properties): Properties {
  return open(properties) as Properties;
}

function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Properties;
  if (object[signatureKey] === secretSignature) return open(object.value);
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, open(inner)]));
}
