import { closest } from "fastest-levenshtein";
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { definitionOf, unwrap } from "../../../host/zod-schema";
import type { Problem } from "./errors";
import { variables } from "./schema-walk";

/** What the environment says, in the shape of the file, and which variable said it. */
export interface FromEnvironment {
  values: Record<string, unknown>;
  /** The variable by the path that it sets. */
  sources: Map<string, string>;
  problems: Problem[];
}

const service = /^MCP_SERVICES_([A-Z][A-Z0-9_]*)_URL$/;

/** Variables with these beginnings are the gateway's, so an unknown one is a mistake. */
const owned = /^MCP_(GATEWAY|SERVICES)_/;

/**
 * Reads the variables that the schema names. `NAME_FILE` names a file that holds the value, as Docker secrets do; an
 * empty variable counts as absent.
 */
export function fromEnvironment(environment: NodeJS.ProcessEnv): FromEnvironment {
  const known = variables();
  const read: FromEnvironment = { values: {}, sources: new Map(), problems: [] };
  for (const [name, { key, field }] of known) {
    const value = valueOf(name, environment, read.problems);
    if (value === undefined) continue;
    read.values[key] = typed(value, field);
    read.sources.set(key, name);
  }
  const servers: Record<string, { url: string }> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!value) continue;
    const server = service.exec(name)?.[1]?.toLowerCase().replaceAll("_", "-");
    if (server) {
      servers[server] = { url: value };
      read.sources.set(`servers.${server}.url`, name);
    } else if (owned.test(name) && !known.has(name.replace(/_FILE$/, "")) && name !== configVariable) {
      read.problems.push(unknown(name, [...known.keys(), configVariable]));
    }
  }
  if (Object.keys(servers).length > 0) read.values.servers = servers;
  return read;
}

/** The variable that names the configuration file. */
export const configVariable = "MCP_GATEWAY_CONFIG";

function valueOf(name: string, environment: NodeJS.ProcessEnv, problems: Problem[]): string | undefined {
  const file = environment[`${name}_FILE`];
  if (environment[name] || !file) return environment[name] || undefined;
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "") || undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    problems.push({
      key: `${name}_FILE`,
      value: JSON.stringify(file),
      wrong: `can't be read (${code})`,
      fix: `name a file that user ${process.getuid?.() ?? "of the gateway"} can read, or set ${name}`,
    });
    return undefined;
  }
}

/** A variable is text; what it sets may be a number, yes or no, or a list. What is none stays text, and is refused. */
function typed(value: string, field: z.ZodType): unknown {
  switch (definitionOf(unwrap(field)).type) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "array":
      return value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    default:
      return value;
  }
}

function unknown(name: string, known: string[]): Problem {
  const likely = closest(name, known);
  return {
    key: name,
    value: "the variable",
    wrong: "is not known",
    fix: `${likely} may be meant; a server's is MCP_SERVICES_<NAME>_URL; else unset it`,
  };
}
