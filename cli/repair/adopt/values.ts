import { unknownValue } from "../../../provider/resource";
import { secretSignature, signatureKey } from "../../../provider/secrets";

/** A value as a state holds a secret; Pulumi encrypts it when it takes the state. */
export function sealed(value: unknown): object {
  return { [signatureKey]: secretSignature, plaintext: JSON.stringify(value) };
}

/** A value of a state or a plan, with its own secret opened. */
export function opened(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  return object[signatureKey] === secretSignature && typeof object.plaintext === "string"
    ? JSON.parse(object.plaintext)
    : value;
}

/** Whether a value holds one, at any depth, that is only known after an update. */
export function hasUnknown(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(unknownValue);
}

/** Properties without those that are only known after an update. */
export function known(properties: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !hasUnknown(value)));
}
