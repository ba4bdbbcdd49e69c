import type { z } from "zod";
import { definitionOf, metaOf, unwrap } from "../services/host/zod-schema";
import { settingsSchema } from "./schema";
import { shellWord } from "./shell-word";

/** The kind of value that a setting takes, for example `string`, `number`, `enum`, `record`. */
export function kindOf(field: z.ZodType): string {
  return definitionOf(unwrap(field)).type;
}

/** The schema of the setting at a path, for example `["services", "mariadb", "memory"]`. */
export function fieldAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((field, step) => {
    const { shape, valueType, element } = field ? definitionOf(unwrap(field)) : {};
    return shape?.[String(step)] ?? valueType ?? element;
  }, settingsSchema);
}

/** The keys that are known at a path. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const field = fieldAt(path);
  return field ? Object.keys(definitionOf(unwrap(field)).shape ?? {}) : [];
}

/** Whether only a user can know what the setting at a path is to be: no value is good for any stack. */
export function isPersonal(path: readonly PropertyKey[]): boolean {
  const field = fieldAt(path);
  return field !== undefined && metaOf(field, "personal") === true;
}

/** A value that any stack could have at a path, as it is typed in a command; undefined where there is none that is good for all. */
export function exampleAt(path: readonly PropertyKey[]): string | undefined {
  const field = fieldAt(path);
  if (!field || isPersonal(path)) return undefined;
  const example = metaOf(field, "example");
  // What is in a map or a list is each stack's own.
  return example === undefined || typeof example === "object" ? undefined : typed(example);
}

/** What the setting at a path is where it is left out, as it is typed in a command; undefined for what is no single value. */
export function defaultAt(path: readonly PropertyKey[]): string | undefined {
  const field = fieldAt(path);
  const { defaultValue } = field ? definitionOf(field) : {};
  const isSingle = ["number", "boolean", "string"].includes(typeof defaultValue) && defaultValue !== "";
  return isSingle ? typed(defaultValue) : undefined;
}

/** What Pulumi hands over for each setting that a stack leaves out: its default, which stands in Pulumi.yaml. */
export function projectDefaults(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settingsSchema.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
      const { type, defaultValue } = definitionOf(field);
      return type === "default" ? [[key, defaultValue]] : [];
    }),
  );
}

/** The longest part of a path that may be left out: the whole of it, or a map or list that it is in. */
export function leftOutAt(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const field = fieldAt(path);
  const parent = fieldAt(path.slice(0, -1));
  const inMap = parent && definitionOf(unwrap(parent)).valueType !== undefined;
  const may = field && ["optional", "default"].includes(definitionOf(field).type);
  return may || inMap || path.length <= 1 ? path : leftOutAt(path.slice(0, -1));
}

function typed(value: unknown): string {
  return shellWord(String(value));
}
