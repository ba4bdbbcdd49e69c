import { didYouMean } from "../config/did-you-mean";
import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { refuseTaken } from "./npm-options";
import { root } from "./paths";
import { UsageError } from "./usage-error";

export { UsageError };

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

/** What a command is for and what it takes: its arguments are read by it, and its help is written from it. */
export interface Usage {
  /** What it does, in a sentence without a full stop. */
  summary: string;
  /** What words without dashes are, for example `SERVICE …`; left out where the command takes none. */
  words?: string;
  /** Options that are given or not, and what each does. */
  flags?: Readonly<Record<string, string>>;
  /** Options with a value: what that is, and what the option does. */
  options?: Readonly<Record<string, readonly [value: string, does: string]>>;
  /** Whether it is about a stack, and takes `--stack` and `--config-file`. Default: it is. */
  ofStack?: boolean;
}

type Names<U extends Usage, Kind extends "flags" | "options"> =
  U extends Record<Kind, infer All> ? keyof All & string : never;

/** What a command was given. */
export type Given<U extends Usage> = StackArguments &
  Record<Names<U, "flags">, boolean> & { [O in Names<U, "options">]?: string } & { words: string[] };

/** The options of every command about a stack, as its help has them. */
export const stackOptions = {
  stack: ["NAME", "the stack, by its file Pulumi.NAME.yaml; default: dev"],
  "config-file": ["FILE", "a settings file elsewhere"],
} as const satisfies Usage["options"];

/** All options of a command, with whether each takes a value. */
export function optionsOf({ flags = {}, options = {}, ofStack = true }: Usage): Options {
  const of = (names: object, type: "boolean" | "string") =>
    Object.fromEntries(Object.keys(names).map((name) => [name, { type }] as const));
  return {
    ...(ofStack ? of(stackOptions, "string") : {}),
    ...of(flags, "boolean"),
    ...of(options, "string"),
  };
}

/**
 * Reads `--stack NAME` (default `dev`), `--config-file FILE`, and a command's own options and words.
 * @throws UsageError for what the command does not take, for an unknown stack, and for what npm kept for itself.
 */
export function commandArguments<U extends Usage>(args: string[], usage: U): Given<U> {
  const { flags = {}, options = {}, words, ofStack = true } = usage;
  const all = optionsOf(usage);
  refuseTaken(Object.keys(all), args);
  const { values, positionals } = parse(args, all, words);
  const { stack = "dev", "config-file": configFile } = values as Record<string, string | undefined>;
  if (ofStack && !configFile) knownStack(stack);
  return {
    stack,
    ...(configFile ? { configFile } : {}),
    ...Object.fromEntries(Object.keys(flags).map((flag) => [flag, values[flag] === true])),
    ...Object.fromEntries(Object.keys(options).map((option) => [option, values[option]])),
    words: positionals,
  };
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

/** A file or folder that the user named, from the folder that npm was called in. */
export function givenPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

function knownStack(stack: string) {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(basename(file))?.[1] ?? []);
  if (stacks.includes(stack)) return;
  throw new UsageError(
    `--stack: "${stack}" is not a stack${didYouMean(stack, stacks)} Known: ${stacks.join(", ")}. ` +
      `A new one is a file Pulumi.${stack}.yaml; see README.md.`,
  );
}
