import type { z } from "zod";
import { definitionOf, metaOf, unwrap } from "../../../host/zod-schema";
import {
  clientSettings,
  groupSettings,
  oauthSettings,
  registrationSettings,
  serverSettings,
  settingsSchema,
  tlsSettings,
} from "./schema";

/** docs/gateway-settings.md: every setting of the gateway, from the schema that checks them. */
export function gatewayReference(): string {
  return [
    "# Settings of the MCP gateway",
    "",
    "<!-- Made from services/gateway/src/config/schema.ts by `npm run generate`; edit it there. -->",
    "",
    "A setting stands in the file that `MCP_GATEWAY_CONFIG` names (YAML or JSON), or in the variable that is given here,",
    "which goes first; a list in a variable is separated by commas. `<VARIABLE>_FILE` names a file that holds the value.",
    "All of them are checked before the gateway listens; a key that is not listed here is an error. The files are watched, and",
    "what changes is taken over as it runs, but for settings that say `restart`. In the configuration file `{file: PATH}` stands for",
    "the content of a file in place of a text, and that file is watched as well.",
    "",
    "## Of the gateway",
    "",
    ...rows(settingsSchema.shape),
    "",
    "## Of a server",
    "",
    "Under `servers.<name>`. The variable `MCP_SERVICES_<NAME>_URL` sets `url`; its `_` are `-` in the server's name.",
    "",
    ...rows(serverSettings.shape),
    "",
    "## Of a group of replicas",
    "",
    "Under `servers.<name>.groups.<name>`.",
    "",
    ...rows(groupSettings.shape),
    "",
    "## Of the connections to servers",
    "",
    "Under `upstreamTls`, or `servers.<name>.tls`.",
    "",
    ...rows(tlsSettings.shape),
    "",
    "## Of a client",
    "",
    "Under `clients.<name>`.",
    "",
    ...rows(clientSettings.shape),
    "",
    "## Of registration",
    "",
    "Under `registration`.",
    "",
    ...rows(registrationSettings.shape),
    "",
    "## Of the authorization server",
    "",
    "Under `oauth`.",
    "",
    ...rows(oauthSettings.shape),
    "",
  ].join("\n");
}

function rows(shape: Record<string, z.ZodType>): string[] {
  const head = [
    "| Setting | Variable | Type | Default | Example | What it is |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  return [...head, ...Object.entries(shape).map(([key, field]) => row(key, field))];
}

function row(key: string, field: z.ZodType): string {
  const example = metaOf(field, "example");
  const variable = metaOf(field, "variable");
  const cells = [
    `\`${key}\``,
    variable ? `\`${variable}\`` : "",
    [typeName(field), metaOf(field, "secret") && "secret", metaOf(field, "restart") && "restart"]
      .filter(Boolean)
      .join(", "),
    defaultOf(field),
    example === undefined ? "" : `\`${typeof example === "string" ? example : JSON.stringify(example)}\``,
    metaOf(field, "description") ?? "",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function typeName(field: z.ZodType): string {
  const { type } = definitionOf(unwrap(field));
  if (type === "enum") {
    return (unwrap(field) as z.ZodEnum).options.map((option) => `\`${option}\``).join(", ");
  }
  const names: Record<string, string> = {
    record: "map",
    object: "map",
    array: "list",
    string: "text",
    number: "whole number",
    boolean: "true or false",
  };
  return names[type] ?? type;
}

function defaultOf(field: z.ZodType): string {
  const { type, defaultValue } = definitionOf(field);
  if (type === "default") return `\`${JSON.stringify(defaultValue)}\``;
  return type === "optional" ? "" : "needed";
}
