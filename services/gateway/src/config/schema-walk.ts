import type { z } from "zod";
import { type Definition, definitionOf, metaOf, unwrap } from "../../../host/zod-schema";
import { settingsSchema } from "./schema";

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
