import { spawn, type SpawnOptions } from "node:child_process";
import { eachLine } from "../engine/lines";
import { leavingTerminal } from "../progress/current";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with each line as it comes; without it the command writes to the terminal itself. */
  onLine?: (line: string) => void;
  /** The same of what it writes to standard error alone; its standard output stays the terminal's. */
  onErrorLine?: (line: string) => void;
}

/** Runs a command and gives its exit code; it never throws for one that fails. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, onLine, onErrorLine }: RunOptions = {},
): Promise<number> {
  const running = () =>
    new Promise<number>((resolve, reject) => {
      const options: SpawnOptions = {
        env: { ...process.env, ...env },
        stdio: onLine ? ["ignore", "pipe", "pipe"] : ["inherit", "inherit", onErrorLine ? "pipe" : "inherit"],
        ...(cwd ? { cwd } : {}),
      };
      const child = spawn(command, args, options);
      if (onLine) [child.stdout, child.stderr].forEach((stream) => stream && eachLine(stream, onLine));
      else if (onErrorLine && child.stderr) eachLine(child.stderr, onErrorLine);
      // Ctrl-C on a terminal reaches the command by itself, and how it ends is waited for.
      const wait = () => undefined;
      if (!onLine) process.on("SIGINT", wait);
      child.on("error", reject);
      child.on("close", (code, signal) => {
        process.off("SIGINT", wait);
        resolve(code ?? (signal ? 128 : 1));
      });
    });
  return onLine ? running() : leavingTerminal(running);
}

/** A command's standard output, or undefined where it is missing or fails. */
export async function outputOf(command: string, args: readonly string[], env?: NodeJS.ProcessEnv) {
  return new Promise<string | undefined>((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? text : undefined));
  });
}
