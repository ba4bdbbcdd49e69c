import type { z } from "zod";
import { settingsSchema } from "./schema";

interface Definition {
  type: string;
  innerType?: z.ZodType;
  element?: z.ZodType;
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

/** What a setting says about itself, wherever in its schema it says so. */
export function metaOf<K extends "example" | "description" | "variable" | "secret">(
  field: z.ZodType,
  name: K,
): z.GlobalMeta[K] {
  const own = field.meta()?.[name];
  const { innerType } = definitionOf(field);
  return own ?? (innerType ? metaOf(innerType, name) : undefined);
}

/** The schemas on the way to a path, for example `["servers", "browser", "url"]`; it ends where the schema does. */
export function fieldsAlong(path: readonly PropertyKey[]): z.ZodType[] {
  const fields: z.ZodType[] = [];
  let field: z.ZodType | undefined = settingsSchema;
  for (const step of path) {
    const { shape, valueType, element }: Definition = definitionOf(unwrap(field));
    field = shape?.[String(step)] ?? valueType ?? element;
    if (!field) break;
    fields.push(field);
  }
  return fields;
}

/** The variable of each setting that has one. */
export function variables(): Map<string, { key: string; field: z.ZodType }> {
  const found = new Map<string, { key: string; field: z.ZodType }>();
  for (const [key, field] of Object.entries(settingsSchema.shape)) {
    const variable = metaOf(field, "variable");
    if (variable) found.set(variable, { key, field });
  }
  return found;
}
