import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { z } from "zod";
import { definitionOf, metaOf, unwrap } from "../../../host/zod-schema";
import { configVariable, fromEnvironment, type FromEnvironment } from "./environment";
import { type Problem, SettingsError } from "./errors";
import { withFiles } from "./files";
import { type Settings, settingsSchema } from "./schema";
import { fieldsAlong } from "./schema-walk";

/**
 * Reads the settings: the file that `MCP_GATEWAY_CONFIG` names (YAML, or JSON), and what the environment says, which
 * goes first.
 * @param found is told of the files that the file names in turn.
 * @throws SettingsError naming every setting that can't be used.
 */
export function loadSettings(
  environment: NodeJS.ProcessEnv,
  found: (file: string) => void = () => undefined,
): Settings {
  const said = fromEnvironment(environment);
  const file = environment[configVariable];
  return checkSettings(file ? withFiles(readFile(file), found) : {}, said);
}

/**
 * Checks what a file says together with what the environment says.
 * @throws SettingsError naming every setting that can't be used.
 */
export function checkSettings(
  file: unknown,
  said: FromEnvironment = { values: {}, sources: new Map(), problems: [] },
): Settings {
  const parsed = settingsSchema.safeParse(merged(file ?? {}, said.values), { reportInput: true });
  const problems = [...said.problems];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(...problemsOf(issue, said.sources));
  }
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  return parsed.data;
}

function readFile(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const wrong = code?.startsWith("E")
      ? `can't be read (${code})`
      : `is not YAML: ${message.split("\n")[0]}`;
    throw new SettingsError([
      {
        key: configVariable,
        value: JSON.stringify(file),
        wrong,
        fix: "name a YAML or JSON file, or unset it",
      },
    ]);
  }
}

/** Maps are joined, everything else of `over` takes the place of what is there. */
function merged(under: unknown, over: Record<string, unknown>): unknown {
  if (!isMap(under)) return Object.keys(over).length > 0 && under === null ? over : under;
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    result[key] = isMap(value) && isMap(result[key]) ? merged(result[key], value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problemsOf(issue: z.core.$ZodIssue, sources: FromEnvironment["sources"]): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(definitionOf(unwrap(fieldAt(issue.path))).shape ?? {});
    return issue.keys.map((key) => ({
      key: [...issue.path, key].join("."),
      value: "the key",
      wrong: "is not known",
      fix: `leave it out, or write one of ${known.join(", ")}`,
    }));
  }
  const path = issue.path.map(String);
  // A name that is not allowed, such as a server's, is said by the schema of the map's keys.
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const fields = fieldsAlong(path);
  const secret = fields.some((field) => metaOf(field, "secret"));
  const source = path.map((_, index) => sources.get(path.slice(0, index + 1).join("."))).find(Boolean);
  return [
    {
      key: source ?? (path.join(".") || configVariable),
      value: issue.code === "invalid_key" ? JSON.stringify(path.at(-1)) : valueText(issue.input, secret),
      wrong: message,
      fix: fixFor(fields, path),
    },
  ];
}

function fieldAt(path: readonly PropertyKey[]): z.ZodType {
  return path.length === 0 ? settingsSchema : (fieldsAlong(path).at(-1) ?? settingsSchema);
}

function valueText(value: unknown, secret: boolean): string {
  if (secret) return "the value";
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function fixFor(fields: readonly z.ZodType[], path: readonly string[]): string {
  const example = fields.map((field) => metaOf(field, "example")).findLast((found) => found !== undefined);
  if (example !== undefined) return `for example ${JSON.stringify(example)}`;
  return `see docs/gateway-settings.md, ${path[0] ?? "the whole file"}`;
}
