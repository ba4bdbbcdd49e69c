import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { setSecretCommand, SettingsError } from "../../config/errors";
import { pathOf } from "../../config/key-path";
import { namespace, secretSettings } from "../../config/schema";
import { fieldAt, kindOf } from "../../config/schema-walk";
import { withFolder } from "../../engine/files";
import { commandArguments, configFileArgs, type StackArguments, type Usage, UsageError } from "../arguments";
import { laidOutAs } from "../keep-settings";
import { commandLine } from "../operate/command-line";
import { root } from "../paths";
import { run as runCommand } from "../process";
import { ensureStack } from "../pulumi";
import { withSetting } from "../settings-file";
import { setUp } from "../setup";
import { describeText, settingsFile } from "../stack-file";

/** What it takes. */
export const usage = {
  summary: "changes one setting in a stack's file, or takes it out",
  words: "set KEY VALUE | set --secret KEY | rm KEY",
  flags: { secret: "the value is asked for, or read from standard input, and kept encrypted" },
} as const satisfies Usage;

/**
 * `npm run config -- set KEY VALUE` and `… rm KEY`: changes one setting in the stack's file, as `pulumi config` does, and needs
 * neither Pulumi nor the stack's state for it. A value that can't be used is not written. A secret is set by Pulumi itself,
 * which is brought where it is missing.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const [action, key = "", ...values] = given.words;
  const full = key.includes(":") ? key : `${namespace}:${key}`;
  const path = pathOf(full);
  const takes = action === "set" && !given.secret ? 1 : 0;
  if ((action !== "set" && action !== "rm") || !path || values.length !== takes)
    throw new UsageError(`Write: npm run config -- set KEY VALUE, set --secret KEY, or rm KEY.`);
  const [first = "", ...rest] = path;
  const where = [`${full.split(":")[0]}:${first}`, ...rest];
  if (action === "set" && given.secret) return setSecret(given, full, where);
  const isSecret = secretSettings.some((name) => full === `${namespace}:${name}`);
  if (action === "set" && isSecret)
    throw new UsageError(`${full} is a secret. Set it with: ${setSecretCommand(full)}`);
  const file = settingsFile(given);
  const value = action === "set" ? valueAt(full, path, values[0] ?? "") : undefined;
  const before = readFileSync(file, "utf8");
  const after = withSetting(before, where, value);
  if (action === "set") refuseWrong(given, full, after);
  writeFileSync(file, after);
  const now = value === undefined ? "is left out" : `is ${JSON.stringify(value)}`;
  console.log(
    `${basename(file)}: ${full} ${now}. What that changes: ${commandLine("preview", given)}; to bring it about: ${commandLine("up", given)}`,
  );
  return 0;
}

/** As Pulumi hands it to the program: text stays text where the setting is that, and is read as JSON elsewhere. */
function valueAt(key: string, path: readonly (string | number)[], text: string): unknown {
  const field = key.startsWith(`${namespace}:`) ? fieldAt(path) : undefined;
  if (!field || ["string", "enum"].includes(kindOf(field))) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** @throws SettingsError where the value itself can't be used; what else is wrong in the file is not its fault. */
function refuseWrong(stack: StackArguments, key: string, text: string): void {
  try {
    describeText(stack, text);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const own = error.problems.filter((found) => found.key === key || /^[.[]/.test(below(found.key, key)));
    if (own.length > 0) throw new SettingsError(stack.stack, own, configFileArgs(stack));
  }
}

function below(key: string, above: string): string {
  return key.startsWith(above) ? key.slice(above.length) : "";
}

/** Has Pulumi encrypt it in a copy of the file, and takes that over: Pulumi would write the whole file in a style of its own. */
async function setSecret(
  stack: StackArguments,
  key: string,
  where: readonly (string | number)[],
): Promise<number> {
  await setUp({ stacks: [] });
  await ensureStack(stack);
  const file = settingsFile(stack);
  return withFolder(async (folder) => {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    const command = ["-C", root, "config", "set", "--secret", "--path", key, "--stack", stack.stack];
    const code = await runCommand("pulumi", [...command, "--config-file", copy]);
    if (code !== 0) return code;
    const after = readFileSync(copy, "utf8");
    const changed = withSetting(readFileSync(file, "utf8"), where, valueIn(after, where));
    writeFileSync(file, laidOutAs(changed, after) ?? after);
    return 0;
  });
}

/** A setting's value as a settings file has it. */
function valueIn(text: string, where: readonly (string | number)[]): unknown {
  return ["config", ...where].reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    parse(text),
  );
}
