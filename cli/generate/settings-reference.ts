import type { z } from "zod";
import {
  policyException,
  policySettings,
  probeSettings,
  secretSettings,
  serviceSettings,
  settingsSchema,
} from "../../config/schema";
import { browserSettings, clientSettings, folderSettings, gatewaySettings } from "../../config/tekup-schema";
import { kindOf } from "../../config/schema-walk";
import { definitionOf, metaOf, unwrap } from "../../services/host/zod-schema";

/** docs/settings.md: every setting, from the schema that checks them. */
export function settingsReference(): string {
  return [
    "# Settings",
    "",
    "<!-- Made from config/schema.ts by `npm run generate`; edit it there. -->",
    "",
    "A stack's settings stand in `Pulumi.<stack>.yaml`, each with `mcp:` before its key, and are set with",
    "`pulumi config set`, for example `pulumi config set --path 'mcp:services.postgres-mcp.access' write`.",
    "All of them are checked before anything is changed; a key that is not listed here is an error.",
    "",
    "## Of a stack",
    "",
    ...rows(settingsSchema.shape),
    "",
    "## Of a service",
    "",
    "Under `mcp:services.<name>`, where the name is that of a service of the stack's system.",
    "",
    ...rows(serviceSettings.shape),
    "",
    "## Of a health check",
    "",
    "Under `mcp:services.<name>.probe`. What is left out keeps the service's own value.",
    "",
    ...rows(probeSettings.shape),
    "",
    "## Of a client",
    "",
    "Under `mcp:clients.<name>`; TekUp only.",
    "",
    ...rows(clientSettings.shape),
    "",
    "## Of the gateway",
    "",
    "Under `mcp:gateway`; TekUp only.",
    "",
    ...rows(gatewaySettings.shape),
    "",
    "## Of the browser",
    "",
    "Under `mcp:browser`; TekUp only.",
    "",
    ...rows(browserSettings.shape),
    "",
    "## Of a folder",
    "",
    "Under `mcp:folders.<name>`; TekUp only.",
    "",
    ...rows(folderSettings.shape),
    "",
    "## Of the policies",
    "",
    "Under `mcp:policies`; [policies.md](policies.md) lists the rules.",
    "",
    ...rows(policySettings.shape),
    "",
    "## Of an exception",
    "",
    "Under `mcp:policies.exceptions.<service>.<rule>`.",
    "",
    ...rows(policyException.shape),
    "",
  ].join("\n");
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
