import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configFileArgs, type StackArguments } from "./arguments";
import { keepingSettings } from "./keep-settings";
import { commandLine } from "./operate/command-line";
import { root } from "./paths";
import { outputOf, run } from "./process";
import { SetupError } from "./setup/step";
import { hasSealedSettings } from "./stack-file";
import { type Attempt, lockedWords, whenFree } from "./when-free";

/**
 * Runs a Pulumi command that changes a stack, once nobody else does; gives its exit code.
 * @param onLine takes what it writes, line by line; without it, it writes to the terminal itself.
 * @throws SetupError where the stack's lock is not to be had; see whenFree
 */
export function pulumi(
  command: string[],
  stack: StackArguments,
  onLine?: (line: string) => void,
): Promise<number> {
  const args = [...command, "--stack", stack.stack, ...configFileArgs(stack), "--non-interactive"];
  return changing(stack, args, { cwd: root, ...(onLine ? { onLine } : {}) });
}

/** Releases all locks on a stack, whoever holds them. */
export function releaseLocks({ stack }: StackArguments): Promise<number> {
  return run("pulumi", ["cancel", "--yes", "--stack", stack, "--non-interactive"], { cwd: root });
}

function changing(
  stack: StackArguments,
  args: readonly string[],
  { cwd, onLine }: { cwd: string; onLine?: (line: string) => void },
): Promise<number> {
  const attempt = async (): Promise<Attempt> => {
    const refusal: string[] = [];
    // Its advice about a lock, to delete it, is for one that nobody holds.
    const sort = (show: (line: string) => void) => (line: string) => {
      if (refusal.length > 0 || line.includes(lockedWords)) refusal.push(line);
      else show(line);
    };
    const lines = onLine ? { onLine: sort(onLine) } : { onErrorLine: sort((line) => console.error(line)) };
    return { code: await run("pulumi", args, { cwd, ...lines }), refusal };
  };
  return whenFree(stack, () => keepingSettings(stack, attempt));
}

/**
 * Whether the backend has the stack.
 * @throws SetupError where it can't be asked: a backend that does not answer is not one without the stack.
 */
export async function stackIsThere(given: StackArguments): Promise<boolean> {
  const { stack } = given;
  const lines: string[] = [];
  const command = ["-C", root, "stack", "output", "--stack", stack, "--non-interactive"];
  if ((await run("pulumi", command, { onLine: (line) => lines.push(line) })) === 0) return true;
  if (lines.some((line) => line.includes("no stack named"))) return false;
  throw new SetupError(
    `The backend could not be asked for the stack "${stack}":\n${lines.join("\n")}\n` +
      `What an update that was killed has left is mended by: ${commandLine("repair", given)}`,
  );
}

/**
 * Makes the stack in the backend where it is not there yet. `stack init` knows no settings file but the one beside
 * Pulumi.yaml, so for one elsewhere it runs beside that file.
 */
export async function ensureStack(given: StackArguments): Promise<void> {
  const { stack, configFile } = given;
  if (await stackIsThere(given)) return;
  const cwd = configFile ? dirname(configFile) : root;
  const project = join(cwd, "Pulumi.yaml");
  const borrowed = configFile && !existsSync(project);
  if (borrowed) writeFileSync(project, "name: mcp\nruntime: nodejs\n");
  try {
    const init = ["stack", "init", stack, "--no-select", "--non-interactive"];
    // Another command may have made it while this one waited for it.
    if ((await changing(given, init, { cwd })) === 0 || (await stackIsThere(given))) return;
  } finally {
    if (borrowed) rmSync(project);
  }
  throw new Error(`The stack "${stack}" could not be made; Pulumi's message is above.`);
}

/** The outputs of a stack, by what was exported of it. */
export function outputsIn<T>(exported: string): Partial<T> {
  const { deployment } = JSON.parse(exported) as { deployment?: { resources?: StateResource[] } };
  const stack = deployment?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  return (stack?.outputs ?? {}) as Partial<T>;
}

/**
 * The stack's outputs, as Pulumi keeps them; none where there is no such stack.
 * @param env further variables, for whoever asks before the set-up has put them into the process.
 */
export async function stackOutputs<T>({ stack }: StackArguments, env?: NodeJS.ProcessEnv): Promise<T> {
  const command = ["-C", root, "stack", "output", "--json", "--stack", stack];
  return JSON.parse((await outputOf("pulumi", command, env)) ?? "{}") as T;
}

/** An output of the stack that is a secret, as text; undefined where the stack has none of that name. */
export async function secretOutput({ stack }: StackArguments, name: string): Promise<string | undefined> {
  const command = ["-C", root, "stack", "output", name, "--show-secrets", "--stack", stack];
  return (await outputOf("pulumi", command))?.trim();
}

/** A resource as the stack's state names it. */
export interface StateResource {
  type: string;
  urn: string;
  /** URN of the component that it is part of. */
  parent?: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** What the stack's state holds, and which operations an update that was killed left unfinished. */
export async function stackState({ stack }: StackArguments) {
  const text = await outputOf("pulumi", ["-C", root, "stack", "export", "--stack", stack]);
  const { deployment = {} } = JSON.parse(text ?? "{}") as {
    deployment?: {
      resources?: StateResource[];
      pending_operations?: { type: string; resource: StateResource }[];
    };
  };
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}

/** The stack's state with its secrets opened, as text; undefined where it can't be read. Takes no lock. */
export function exportStack({ stack }: StackArguments): Promise<string | undefined> {
  return outputOf("pulumi", ["-C", root, "stack", "export", "--show-secrets", "--stack", stack]);
}

/** The stack's last updates, the newest first; empty where there is none, or the backend does not tell. */
export async function stackHistory<T>({ stack }: StackArguments): Promise<T[]> {
  const page = ["--page-size", "10", "--page", "1"];
  const text = await outputOf("pulumi", [
    "-C",
    root,
    "stack",
    "history",
    "--json",
    ...page,
    "--stack",
    stack,
  ]);
  return JSON.parse(text ?? "[]") as T[];
}

/** The stack's settings that are secret, opened, by their full keys. Opening takes half a second, none where there are none. */
export async function openedSecrets(stack: StackArguments): Promise<Record<string, string>> {
  if (!hasSealedSettings(stack)) return {};
  const file = configFileArgs(stack);
  const command = ["-C", root, "config", "--show-secrets", "--json", "--stack", stack.stack, ...file];
  const values = JSON.parse(
    (await keepingSettings(stack, () => outputOf("pulumi", command))) ?? "{}",
  ) as Record<string, { value?: string; secret: boolean }>;
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, { value, secret }]) => (secret && value ? [[key, value]] : [])),
  );
}
