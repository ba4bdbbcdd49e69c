import { spawn } from "node:child_process";
import * as fs from "node:fs";

/** How a command of the host is run. */
export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** A file that takes all that the command writes. */
  logFile: string;
}

/** A command of the host that failed: what it wrote last, and where all of it is. */
export class CommandError extends Error {
  constructor(command: string, outcome: string, logFile: string) {
    super(`${command} ${outcome}:\n${lastLines(logFile)}\nAll it wrote: ${logFile}`);
    this.name = "CommandError";
  }
}

/** Runs a command of the host. What it writes goes to a log file. */
export function command(name: string, args: readonly string[], options: CommandOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const out = fs.openSync(options.logFile, "a");
    const child = spawn(name, args, {
      ...(options.cwd ? { cwd: options.cwd } : {}),
      env: { ...process.env, ...options.env },
      stdio: ["ignore", out, out],
    });
    let settled = false;
    const settle = (outcome: string | undefined) => {
      if (settled) return;
      settled = true;
      fs.closeSync(out);
      if (outcome === undefined) resolve();
      else reject(new CommandError(name, outcome, options.logFile));
    };
    child.on("error", (error) => settle(`could not be started (${error.message})`));
    child.on("close", (code, signal) =>
      settle(code === 0 ? undefined : `failed (${signal ?? `exit code ${code}`})`),
    );
  });
}

/** Whether the host has a program of that name. */
export function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => {
    try {
      fs.accessSync(`${folder}/${name}`, fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The end of a log, for an error's message. */
export function lastLines(file: string, count = 15): string {
  try {
    return fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}
