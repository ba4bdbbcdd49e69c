import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { distance } from "fastest-levenshtein";
import { root } from "./paths";
import { UsageError } from "./usage-error";

/** What npm hands to a script: its settings, and every option before `--`, which it takes for one of them. */
export type NpmEnvironment = Readonly<Record<string, string | undefined>>;

const prefix = "npm_config_";

/**
 * Options before npm's `--` never reach a command, which would run as if without them, and perhaps on another stack. Refuses
 * those that are the command's own or nearly so; of others that npm doesn't know either it gives a warning.
 * @param options the command's own, without dashes.
 * @param args what did reach it.
 * @throws UsageError with what to write instead.
 */
export function noticeTaken(
  options: readonly string[],
  args: readonly string[],
  environment: NpmEnvironment = process.env,
): string[] {
  const event = environment.npm_lifecycle_event;
  if (!event) return [];
  const taken = typed(environment).filter(({ option }) => !args.some((arg) => isOption(arg, option)));
  const meant = taken.flatMap(({ option, value }) => {
    const own = options.includes(option) ? option : similarTo(option, options);
    return own === undefined
      ? []
      : [{ option, line: value === "true" ? `--${own}` : `--${own} ${quoted(value)}` }];
  });
  const [first] = meant;
  if (first) {
    const line = ["npm run", event, "--", ...meant.map((one) => one.line), ...args.map(quoted)].join(" ");
    throw new UsageError(`npm took --${first.option} for itself. Write: ${line}`);
  }
  return taken
    .filter(({ isNpms }) => !isNpms)
    .map(
      ({ option }) => `npm took --${option} for itself; "${event}" never saw it. Its options stand behind --`,
    );
}

interface Typed {
  option: string;
  value: string;
  /** Whether npm has a setting of that name. */
  isNpms: boolean;
}

/** What of npm's settings was typed behind the command, as far as that can be told: it stands in none of npm's files. */
function typed(environment: NpmEnvironment): Typed[] {
  const given = Object.entries(environment).filter(([name]) => name.startsWith(prefix));
  const settings = given.map(([name, value]) => ({
    option: name.slice(prefix.length).replaceAll("_", "-"),
    value: value ?? "",
  }));
  const elsewhere = new Set(configured(environment));
  const known = npmSettings(environment);
  return settings
    .filter(({ option, value }) => value !== "" && !elsewhere.has(option))
    .map((one) => ({
      ...one,
      isNpms: known === undefined || known.has(one.option) || handedOn.has(one.option),
    }));
}

/** Keys of npm's files and of the environment's usual spelling. */
function configured(environment: NpmEnvironment): string[] {
  const { npm_config_userconfig: user, npm_config_globalconfig: global } = environment;
  const files = [user, global, join(root, ".npmrc")].flatMap((file) => (file ? [textOf(file)] : []));
  const keys = files.join("\n").match(/^[^=;#[\]\n]+(?==|$)/gm) ?? [];
  const upper = Object.keys(environment).filter((name) => name.startsWith(prefix.toUpperCase()));
  return [
    ...keys.map((key) => key.trim()),
    ...upper.map((name) => name.slice(prefix.length).toLowerCase().replaceAll("_", "-")),
  ];
}

/** What npm hands on that is no setting of its own. */
const handedOn = new Set(["npm-version", "user-agent", "node-gyp", "noproxy"]);

/** The names of npm's own settings, as its definitions have them; undefined where they can't be had. */
function npmSettings({ npm_execpath: npm }: NpmEnvironment): ReadonlySet<string> | undefined {
  try {
    const load = createRequire(npm ?? "");
    const { definitions } = load("@npmcli/config/lib/definitions") as { definitions: object };
    return new Set(Object.keys(definitions));
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The command's option that was meant by one that is a letter or two off. */
function similarTo(option: string, options: readonly string[]): string | undefined {
  return options.find((own) => distance(option, own) <= Math.floor(own.length / 5));
}

function isOption(arg: string, option: string): boolean {
  return arg === `--${option}` || arg.startsWith(`--${option}=`);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
