import type { z } from "zod";
import { definitionOf, metaOf, unwrap } from "../services/host/zod-schema";
import { settingsSchema } from "./schema";

/** The kind of value that a setting takes, for example `string`, `number`, `enum`, `record`. */
export function kindOf(field: z.ZodType): string {
  return definitionOf(unwrap(field)).type;
}

/** The schema of the setting at a path, for example `["services", "mariadb", "memory"]`. */
export function fieldAt(path: readonly string[]): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((field, step) => {
    const definition = field && definitionOf(unwrap(field));
    return definition?.shape?.[step] ?? definition?.valueType;
  }, settingsSchema);
}

/** The keys that are known at a path. */
export function keysAt(path: readonly string[]): string[] {
  const field = fieldAt(path);
  return field ? Object.keys(definitionOf(unwrap(field)).shape ?? {}) : [];
}

/** A value that the setting at a path could have, as it is typed in a command. */
export function exampleAt(path: readonly string[]): string {
  const field = fieldAt(path);
  const example = field && metaOf(field, "example");
  if (typeof example === "object") return `'${JSON.stringify(example)}'`;
  return typeof example === "string" || typeof example === "number" ? String(example) : "VALUE";
}
