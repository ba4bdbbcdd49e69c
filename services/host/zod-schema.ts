import type { z } from "zod";

/** The parts of a schema's definition that are read here, whichever kind of schema it is. */
export interface Definition {
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
export function metaOf<K extends keyof z.GlobalMeta>(field: z.ZodType, name: K): z.GlobalMeta[K] {
  const own = field.meta()?.[name];
  const { innerType } = definitionOf(field);
  return own ?? (innerType ? metaOf(innerType, name) : undefined);
}
