import type { z } from "zod";
import { namespace, secretSettings, settingsSchema } from "../../config/schema";
import { kindOf } from "../../config/schema-walk";
import { tekupSettings } from "../../config/tekup-schema";
import { definitionOf, metaOf, unwrap } from "../../services/host/zod-schema";

/** docs/settings.md: every setting, from the schema that checks them. */
export function settingsReference(): string {
  return [
    "# Settings",
    "",
    "<!-- Made from config/schema.ts by `npm run generate`; edit it there. -->",
    "",
    "A stack's settings stand in `Pulumi.<stack>.yaml`, each with `mcp:` before its key, and are set with",
    "`npm run config`, for example `npm run config -- set 'mcp:services.postgres-mcp.access' write` (`-- --stack NAME set …` for another",
    "stack than `dev`), or with `pulumi config set --path`.",
    "All of them are checked before anything is changed; a key that is not listed here, or is of the other system, is an error.",
    "",
    "## Of a stack",
    "",
    ...rows(settingsSchema.shape),
    "",
    ...sectionsOf(settingsSchema.shape).flatMap(section),
  ].join("\n");
}

/** A map of settings that stands below another, with a table of its own. */
interface Section {
  /** Keys that lead to it, and `<…>` where there is one for each of something. */
  path: string[];
  schema: z.ZodType;
}

/** All maps of settings below a map, at any depth, in the schema's order. */
function sectionsOf(shape: Record<string, z.ZodType>, path: string[] = []): Section[] {
  return Object.entries(shape).flatMap(([key, schema]) => sectionsAt(schema, [...path, key]));
}

function sectionsAt(schema: z.ZodType, path: string[]): Section[] {
  const { shape, valueType } = definitionOf(unwrap(schema));
  const each = metaOf(schema, "each") as string | undefined;
  const value = valueType ?? (each && shape ? Object.values(shape)[0] : undefined);
  if (value) return sectionsAt(value, [...path, `<${each ?? "name"}>`]);
  return shape ? [{ path, schema }, ...sectionsOf(shape, path)] : [];
}

function section({ path, schema }: Section): string[] {
  const key = path.join(".");
  const note = metaOf(schema, "note") as string | undefined;
  const only = path[0] !== undefined && path[0] in tekupSettings ? "; TekUp only" : "";
  return [
    `## Of ${metaOf(schema, "title") ?? `\`${key}\``}`,
    "",
    `Under \`${namespace}:${key}\`${only}.${note ? ` ${note}` : ""}`,
    "",
    ...rows(definitionOf(unwrap(schema)).shape ?? {}),
    "",
  ];
}

function rows(shape: Record<string, z.ZodType>): string[] {
  const head = ["| Setting | Type | Default | Example | What it is |", "| --- | --- | --- | --- | --- |"];
  return [...head, ...Object.entries(shape).map(([key, field]) => row(key, field))];
}

function row(key: string, field: z.ZodType): string {
  const secret = (secretSettings as readonly string[]).includes(key);
  const example = metaOf(field, "example");
  const cells = [
    `\`${key}\``,
    secret ? "secret" : typeName(field),
    defaultOf(field),
    example === undefined ? "" : `\`${typeof example === "string" ? example : JSON.stringify(example)}\``,
    metaOf(field, "description") ?? "",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function typeName(field: z.ZodType): string {
  const kind = kindOf(field);
  if (kind === "enum") {
    return (unwrap(field) as z.ZodEnum).options.map((option) => `\`${option}\``).join(", ");
  }
  return (
    {
      record: "map",
      object: "map",
      array: "list",
      string: "text",
      boolean: "true or false",
      number: isWhole(field) ? "whole number" : "number",
    }[kind] ?? kind
  );
}

function isWhole(field: z.ZodType): boolean {
  return (unwrap(field) as z.ZodNumber).isInt ?? false;
}

function defaultOf(field: z.ZodType): string {
  const { type, defaultValue } = definitionOf(field);
  if (type === "default") return `\`${JSON.stringify(defaultValue)}\``;
  return type === "optional" ? "" : "needed";
}
