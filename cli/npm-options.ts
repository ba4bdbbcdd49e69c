import { readFileSync } from "node:fs";
import { join } from "node:path";
import { distance } from "fastest-levenshtein";
import { shellWord } from "../config/shell-word";
import { root } from "./paths";
import { UsageError } from "./usage-error";

/** What npm hands to a script: its settings, and every option before `--`, which it takes for one of them. */
export type NpmEnvironment = Readonly<Record<string, string | undefined>>;

const prefix = "npm_config_";

/**
 * Options before npm's `--` never reach a command, which would run as if without them, and perhaps on another stack. Those that
 * are the command's own, or nearly so, are refused; of others npm itself says that it does not know them.
 * @param options the command's own, without dashes.
 * @param args what did reach it.
 * @throws UsageError with what to write instead.
 */
export function refuseTaken(
  options: readonly string[],
  args: readonly string[],
  environment: NpmEnvironment = process.env,
): void {
  const event = environment.npm_lifecycle_event;
  if (!event) return;
  const meant = typed(environment).flatMap(({ option, value }) => {
    const own = options.includes(option) ? option : similarTo(option, options);
    if (own === undefined || args.some((arg) => isOption(arg, option))) return [];
    return [{ option, line: value === "true" ? `--${own}` : `--${own} ${shellWord(value)}` }];
  });
  const [first] = meant;
  if (!first) return;
  const line = ["npm run", event, "--", ...meant.map((one) => one.line), ...args.map(shellWord)].join(" ");
  throw new UsageError(`npm took --${first.option} for itself. Write: ${line}`);
}

/** What of npm's settings was typed behind the command, as far as that can be told: it stands in none of npm's files. */
function typed(environment: NpmEnvironment): { option: string; value: string }[] {
  const elsewhere = new Set(configured(environment));
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value)
    .map(([name, value = ""]) => ({ option: name.slice(prefix.length).replaceAll("_", "-"), value }))
    .filter(({ option }) => !elsewhere.has(option));
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
