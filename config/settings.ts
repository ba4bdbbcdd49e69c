import { didYouMean } from "./did-you-mean";
import type { z } from "zod";
import { type Problem, removeCommand, setCommand, SettingsError, setSecretCommand } from "./errors";
import { keyOf } from "./key-path";
import {
  namespace,
  neededWith,
  secretMaps,
  secretSettings,
  type Settings,
  systemSettings,
  settingsSchema,
} from "./schema";
import {
  defaultAt,
  exampleAt,
  fieldAt,
  isPersonal,
  keysAt,
  kindOf,
  leftOutAt,
  projectDefaults,
} from "./schema-walk";

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
  const parsed = settingsSchema.safeParse(input, { reportInput: true, error: inOurWords });
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, input));
  problems.push(...secretProblems(raw, input), ...foreignSettings(input));
  if (!parsed.success || problems.length > 0) throw new SettingsError(raw.stack, problems);
  return parsed.data;
}

/** Pulumi hands all values over as text; only those whose schema is not text are read as JSON. */
function decode(key: string, text: string): unknown {
  const field = fieldAt([key.slice(namespace.length + 1)]);
  if (field === undefined || ["string", "enum"].includes(kindOf(field))) return text;
  try {
    return inOrder(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Maps by their keys' order, which is Pulumi's; what reads the stack file itself is to come to the same plan. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

/** What zod says of itself where the schema does not, in words that go on behind a value. */
function inOurWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  const kinds: Partial<Record<string, string>> = {
    string: "text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return `is not ${kinds[issue.expected] ?? `of the kind ${issue.expected}`}`;
}

function describe(issue: z.core.$ZodIssue, input: Record<string, unknown>): Problem[] {
  const { path } = issue;
  const key = keyOf(namespace, path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => unknownKey([...path, unknown]));
  }
  if (at(input, path) === undefined && issue.code !== "custom") {
    const example = exampleAt(path);
    const fix =
      example === undefined ? removeCommand(keyOf(namespace, leftOutAt(path))) : setCommand(key, example);
    return [{ key, value: "(not set)", wrong: "is needed", fix }];
  }
  const allowed = issue.code === "invalid_value" ? `; one of ${issue.values.map(String).join(", ")}` : "";
  const isSecret = (secretSettings as readonly string[]).includes(String(path[0]));
  const own: unknown = issue.code === "custom" ? issue.params?.["fix"] : undefined;
  const usual = isSecret ? setSecretCommand(key) : mendOf(issue, key);
  const fix = typeof own === "string" ? own : usual;
  const given = at(input, path);
  const usualValue = given === undefined ? `${defaultAt(path) ?? "nothing"} (not set)` : show(given);
  const value = isSecret ? "the secret" : usualValue;
  return [
    { key, value, wrong: `${issue.message}${allowed}`, fix: path.length ? fix : "see docs/settings.md" },
  ];
}

/** The value that comes nearest to what was meant and is good for any stack; else the setting, or what it is in, is left out. */
function mendOf(issue: z.core.$ZodIssue, key: string): string {
  const { path } = issue;
  if (isPersonal(path)) return removeCommand(keyOf(namespace, leftOutAt(path)));
  const most = issue.code === "too_big" && issue.origin === "number" ? issue.maximum : undefined;
  const least = issue.code === "too_small" && issue.origin === "number" ? issue.minimum : undefined;
  const instead = most ?? defaultAt(path) ?? least ?? exampleAt(path);
  return instead === undefined
    ? removeCommand(keyOf(namespace, leftOutAt(path)))
    : setCommand(key, String(instead));
}

/** Settings of the other system, which would do nothing here; what has its default may be Pulumi's and not the stack's. */
function foreignSettings(input: Record<string, unknown>): Problem[] {
  const { system } = input;
  if (system !== "devcontainer" && system !== "tekup") return [];
  const [other, title] =
    system === "tekup"
      ? (["devcontainer", "the devcontainer cluster"] as const)
      : (["tekup", "TekUp"] as const);
  const defaults = projectDefaults();
  return systemSettings[other]
    .filter(
      (path) => at(input, path) !== undefined && show(at(input, path)) !== show(inOrder(at(defaults, path))),
    )
    .map((path) => {
      const key = keyOf(namespace, path);
      const isSecret = (secretSettings as readonly string[]).includes(String(path[0]));
      const value = isSecret ? "the secret" : show(at(input, path));
      const wrong = `is a setting of ${title}, and does nothing in the system "${system}" that this stack is`;
      return { key, value, wrong, fix: removeCommand(key) };
    });
}

function unknownKey(path: PropertyKey[]): Problem {
  const key = keyOf(namespace, path);
  const last = String(path.at(-1));
  const known = keysAt(path.slice(0, -1));
  return {
    key,
    value: `"${last}"`,
    wrong: `is not a setting${didYouMean(last, known)} Known here: ${known.join(", ")}`,
    fix: removeCommand(key),
  };
}

/** Secrets are refused in plain text, and asked for where another setting says that they are given. */
function secretProblems(raw: RawSettings, input: Record<string, unknown>): Problem[] {
  return secretSettings.flatMap((name): Problem[] => {
    const key = `${namespace}:${name}`;
    const fix = setSecretCommand(secretMaps[name] ? `${key}.${secretMaps[name]}` : key);
    const given = key in raw.values;
    if (given && !raw.isSecret(key)) {
      return [
        { key, value: "the value", wrong: "is stored in plain text, where it would end up in git", fix },
      ];
    }
    const needed = neededWith[name];
    if (!needed) return [];
    const { setting, value } = needed;
    const asked = value === undefined ? input[setting] !== undefined : input[setting] === value;
    if (!given && asked) {
      const why = value === undefined ? "is set" : `is "${value}"`;
      return [{ key, value: "(not set)", wrong: `is needed, as ${namespace}:${setting} ${why}`, fix }];
    }
    return [];
  });
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    input,
  );
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "(not set)";
}
