import type { z } from "zod";
import { type Settings, settingsSchema } from "./schema";
import { definitionOf, metaOf, unwrap } from "../../../host/zod-schema";

/** Stands where a secret is. */
export const redactedText = "(secret)";

/** Settings that may be shown: the texts of each secret setting are taken out, its form stays. */
export function redacted(settings: Settings): unknown {
  return shown(settings, settingsSchema);
}

function shown(value: unknown, field: z.ZodType | undefined): unknown {
  if (!field || metaOf(field, "secret")) return hidden(value);
  const { shape, valueType, element } = definitionOf(unwrap(field));
  if (Array.isArray(value)) return element ? value.map((item) => shown(item, element)) : value;
  if (typeof value !== "object" || value === null) return value;
  return mapped(value, (item, key) => shown(item, shape?.[key] ?? valueType));
}

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value === "object" && value !== null) return mapped(value, hidden);
  return redactedText;
}

function mapped(value: object, change: (item: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]));
}
