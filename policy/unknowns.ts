import { unknownText } from "./resource";

/** A resource's properties as a policy pack is handed them, where to read one that is not known yet throws. */
export function withoutUnknowns(props: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(props).map((name) => [name, known(() => props[name])]));
}

function known(read: () => unknown): unknown {
  let value: unknown;
  try {
    value = read();
  } catch {
    return unknownText;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => known(() => value[index] as unknown));
  return withoutUnknowns(value as Record<string, unknown>);
}
