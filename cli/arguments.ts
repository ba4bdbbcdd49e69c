import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { closest } from "fastest-levenshtein";
import { root } from "./paths";

/** A command that was called in a way it can't be run; the message says what to call instead. */
export class UsageError extends Error {}

/** What every command about a stack takes. */
export interface StackArguments {
  stack: string;
  /** A settings file elsewhere; Pulumi's own option of that name. */
  configFile?: string;
}

/** The option that hands a stack's settings file on, to Pulumi or to another command; none where it is beside Pulumi.yaml. */
export function configFileArgs({ configFile }: StackArguments): string[] {
  return configFile ? ["--config-file", configFile] : [];
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command takes besides the stack. */
export interface Takes<Flag extends string, Option extends string> {
  /** Options that are given or not. */
  flags?: readonly Flag[];
  /** Options with a value. */
  options?: readonly Option[];
  /** What words without dashes are, for example services; left out where the command takes none. */
  words?: string;
}

/** What a command was given. */
export type Given<Flag extends string, Option extends string> = StackArguments &
  Record<Flag, boolean> & { [O in Option]?: string } & { words: string[] };

/**
 * Reads `--stack NAME` (default `dev`), `--config-file FILE` and a command's own flags.
 * @throws UsageError for an unknown option or an unknown stack.
 */
export function stackArguments<Flag extends string>(args: string[], flags: readonly Flag[] = []) {
  return commandArguments(args, { flags });
}

/**
 * Reads what stackArguments reads, and a command's options with values and words.
 * @throws UsageError for what the command does not take.
 */
export function commandArguments<Flag extends string = never, Option extends string = never>(
  args: string[],
  { flags = [], options = [], words }: Takes<Flag, Option>,
): Given<Flag, Option> {
  const own: Options = {
    ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" }])),
    ...Object.fromEntries(options.map((option) => [option, { type: "string" }])),
  };
  const all: Options = { stack: { type: "string" }, "config-file": { type: "string" }, ...own };
  takenByNpm(Object.keys(own), args);
  const { values, positionals } = parse(args, all, words);
  const { stack = "dev", "config-file": configFile } = values as Record<string, string | undefined>;
  if (!configFile) knownStack(stack);
  return {
    stack,
    ...(configFile ? { configFile } : {}),
    ...Object.fromEntries(flags.map((flag) => [flag, values[flag] === true])),
    ...Object.fromEntries(options.map((option) => [option, values[option]])),
    words: positionals,
  } as Given<Flag, Option>;
}

function parse(args: string[], options: Options, words: string | undefined) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: words !== undefined });
  } catch (error) {
    const known = Object.keys(options).map((option) => `--${option}`);
    const takes = [...(words ? [words] : []), ...known].join(", ");
    throw new UsageError(`${(error as Error).message}. This command takes: ${takes}`);
  }
}

/** Options before npm's `--` never arrive: npm takes them for its own, and a command would run as if without them. */
function takenByNpm(options: string[], args: string[]) {
  const event = process.env.npm_lifecycle_event;
  const taken = options.filter((option) => process.env[`npm_config_${option.replaceAll("-", "_")}`]);
  if (!event || taken.length === 0 || taken.some((option) => args.includes(`--${option}`))) return;
  const meant = [...taken.map((option) => `--${option}`), ...args].join(" ");
  throw new UsageError(`npm took --${taken[0]} for itself. Write: npm run ${event} -- ${meant}`);
}

/** A file or folder that the user named, from the folder that npm was called in. */
export function givenPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

function knownStack(stack: string) {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(basename(file))?.[1] ?? []);
  if (stacks.includes(stack)) return;
  throw new UsageError(
    `--stack: "${stack}" is not a stack; did you mean "${closest(stack, stacks)}"? Known: ${stacks.join(", ")}. ` +
      `A new one is a file Pulumi.${stack}.yaml; see README.md.`,
  );
}
