import type { z } from "zod";
import { settingsSchema } from "./schema";

/** The parts of a schema's definition that are read here, whichever kind of schema it is. */
interface Definition {
  type: string;
  innerType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  valueType?: z.ZodType;
  defaultValue?: unknown;
}

/** How a setting's schema is made up. */
export function definitionOf(field: z.ZodType): Definition {
  return (field as unknown as { def: Definition }).def;
}

/** A setting's schema below its default and its being optional. */
export function unwrap(field: z.ZodType): z.ZodType {
  const { innerType } = definitionOf(field);
  return innerType ? unwrap(innerType) : field;
}

/** The kind of value that a setting takes, for example `string`, `number`, `enum`, `record`. */
export function kindOf(field: z.ZodType): string {
  return definitionOf(unwrap(field)).type;
}

/** What a setting says about itself, wherever in its schema it says so. */
export function metaOf(field: z.ZodType, name: "example" | "description"): unknown {
  const own = field.meta()?.[name];
  const { innerType } = definitionOf(field);
  return own ?? (innerType ? metaOf(innerType, name) : undefined);
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
