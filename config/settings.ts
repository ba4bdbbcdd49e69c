import { closest } from "fastest-levenshtein";
import type { z } from "zod";
import { type Problem, SettingsError, setCommand } from "./errors";
import { namespace, secretSettings, type Settings, settingsSchema } from "./schema";

/** A stack's settings as Pulumi hands them over: text by full key, and which of them are encrypted. */
export interface RawSettings {
  stack: string;
  values: Readonly<Record<string, string>>;
  isSecret: (key: string) => boolean;
}

/**
 * Checks a stack's settings against the schema and fills in the defaults.
 * @throws SettingsError naming every key that is unknown, of the wrong type or range, missing, or a secret in plain.
 */
export function parseSettings(raw: RawSettings): Settings {
  const own = Object.entries(raw.values).filter(([key]) => key.startsWith(`${namespace}:`));
  const input = Object.fromEntries(
    own.map(([key, text]) => [key.slice(namespace.length + 1), decode(key, text)]),
  );
  const parsed = settingsSchema.safeParse(input, { reportInput: true });
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, input));
  problems.push(...secretProblems(raw, input));
  if (!parsed.success || problems.length > 0) throw new SettingsError(raw.stack, problems);
  return parsed.data;
}

/** Pulumi hands all values over as text; only those whose schema is not text are read as JSON. */
function decode(key: string, text: string): unknown {
  const field = settingsSchema.shape[key.slice(namespace.length + 1) as keyof Settings] as
    z.ZodType | undefined;
  if (field === undefined || innerType(field) === "string" || innerType(field) === "enum") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The kind of value a setting takes, below its default and its being optional. */
export function innerType(field: z.ZodType): string {
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType } };
  return def.innerType ? innerType(def.innerType) : def.type;
}

function describe(issue: z.core.$ZodIssue, input: Record<string, unknown>): Problem[] {
  const path = issue.path.map(String);
  const key = `${namespace}:${path.join(".")}`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => unknownKey([...path, unknown]));
  }
  if (at(input, path) === undefined) {
    return [{ key, value: "(not set)", wrong: "is needed", fix: setCommand(key, exampleAt(path)) }];
  }
  const allowed = issue.code === "invalid_value" ? `; one of ${issue.values.map(String).join(", ")}` : "";
  const isSecret = (secretSettings as readonly string[]).includes(path[0] ?? "");
  const fix = isSecret ? `pulumi config set --secret '${key}'` : setCommand(key, exampleAt(path));
  const value = isSecret ? "the secret" : show(at(input, path));
  return [
    {
      key,
      value,
      wrong: `${issue.message}${allowed}`,
      fix: issue.path.length ? fix : "see docs/settings.md",
    },
  ];
}

function unknownKey(path: string[]): Problem {
  const key = `${namespace}:${path.join(".")}`;
  const last = path.at(-1) ?? "";
  const known = keysAt(path.slice(0, -1));
  const guess = closest(last, known);
  return {
    key,
    value: `"${last}"`,
    wrong: `is not a setting; did you mean "${guess}"? Known here: ${known.join(", ")}`,
    fix: `pulumi config rm ${path.length > 1 ? "--path " : ""}'${key}'`,
  };
}

/** Secrets are refused in plain text, and asked for where another setting says that they are given. */
function secretProblems(raw: RawSettings, input: Record<string, unknown>): Problem[] {
  return secretSettings.flatMap((name): Problem[] => {
    const key = `${namespace}:${name}`;
    const fix = `pulumi config set --secret '${key}'`;
    const given = key in raw.values;
    if (given && !raw.isSecret(key)) {
      return [
        { key, value: "the value", wrong: "is stored in plain text, where it would end up in git", fix },
      ];
    }
    if (!given && input.databasePasswords === "provided") {
      return [
        { key, value: "(not set)", wrong: `is needed, as ${namespace}:databasePasswords is "provided"`, fix },
      ];
    }
    return [];
  });
}

function schemaAt(path: string[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = settingsSchema;
  for (const step of path) {
    const { def } = unwrap(schema) as unknown as {
      def: { shape?: Record<string, z.ZodType>; valueType?: z.ZodType };
    };
    schema = def.shape?.[step] ?? def.valueType;
    if (!schema) return undefined;
  }
  return schema;
}

function unwrap(schema: z.ZodType): z.ZodType {
  const { def } = schema as unknown as { def: { innerType?: z.ZodType } };
  return def.innerType ? unwrap(def.innerType) : schema;
}

function keysAt(path: string[]): string[] {
  const schema = schemaAt(path);
  const { def } = unwrap(schema ?? settingsSchema) as unknown as {
    def: { shape?: Record<string, z.ZodType> };
  };
  return Object.keys(def.shape ?? {});
}

function exampleAt(path: string[]): string {
  for (let schema = schemaAt(path); schema;) {
    const example = schema.meta()?.example;
    if (example !== undefined)
      return typeof example === "object" ? `'${JSON.stringify(example)}'` : String(example);
    const { def } = schema as unknown as { def: { innerType?: z.ZodType } };
    schema = def.innerType;
  }
  return "VALUE";
}

function at(input: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], input);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "(not set)";
}
