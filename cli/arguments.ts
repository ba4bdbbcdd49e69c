import { readdirSync } from "node:fs";
import { basename } from "node:path";
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

type Options = NonNullable<ParseArgsConfig["options"]>;

const stackOptions = { stack: { type: "string" }, "config-file": { type: "string" } } satisfies Options;

/**
 * Reads `--stack NAME` (default `dev`), `--config-file FILE` and a command's own flags.
 * @throws UsageError for an unknown option or an unknown stack.
 */
export function stackArguments<Flag extends string>(args: string[], flags: readonly Flag[] = []) {
  const own = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const }]));
  const values = parse(args, { ...stackOptions, ...own });
  const configFile = values["config-file"] as string | undefined;
  const stack = (values.stack as string | undefined) ?? "dev";
  if (!configFile) knownStack(stack);
  const set = Object.fromEntries(flags.map((flag) => [flag, values[flag] === true])) as Record<Flag, boolean>;
  return { stack, ...(configFile ? { configFile } : {}), ...set };
}

function parse(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const known = Object.keys(options).map((option) => `--${option}`);
    throw new UsageError(`${(error as Error).message}. This command takes: ${known.join(", ")}`);
  }
}

function knownStack(stack: string) {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(basename(file))?.[1] ?? []);
  if (stacks.includes(stack)) return;
  throw new UsageError(
    `--stack: "${stack}" is not a stack; did you mean "${closest(stack, stacks)}"? Known: ${stacks.join(", ")}. ` +
      `A new one is a file Pulumi.${stack}.yaml; see README.md.`,
  );
}
