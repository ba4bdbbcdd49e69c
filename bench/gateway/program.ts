import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, mkdtempSync, openSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { cacheFolder } from "../../imaging/cache";
import { lastLines } from "../../imaging/command";
import { type Usage, usageOf } from "./usage";

/** Something that serves on a port of the loopback, and is taken down in the end. */
export interface Serving {
  usage(): Usage;
  stop(): Promise<void>;
}

/** What several have used of which one serves at a time: the memory of the others is not needed for that. */
export function jointUsage(servings: readonly Serving[]): Usage {
  const all = servings.map((serving) => serving.usage());
  return {
    cpuSeconds: all.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0),
    memoryBytes: Math.max(...all.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** How a program is started. */
export interface ProgramOptions {
  /** Names the file that its output goes to. */
  name: string;
  port: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Starts a program and waits until its port answers. @throws Error with its last lines where it ends before. */
export async function serveProgram(
  command: string,
  args: readonly string[],
  { name, port, cwd, env }: ProgramOptions,
): Promise<Serving> {
  const logFile = join(cacheFolder("logs"), `bench-${name}.log`);
  const log = openSync(logFile, "w");
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", log, log] });
  closeSync(log);
  await answers(port, () => child.exitCode === null || `it ended:\n${lastLines(logFile)}`);
  return { usage: () => usageOf(child.pid!), stop: () => ended(child) };
}

/** Starts a container on the host's network, so that no bridge is measured, and waits until its port answers. */
export async function serveContainer(
  image: string,
  port: number,
  options: string[],
  args: string[],
): Promise<Serving> {
  const id = (await docker(["run", "-d", "--network", "host", ...options, image, ...args])).trim();
  const stop = async () => void (await docker(["rm", "-f", "-v", id]));
  const state = async () => (await docker(["inspect", "-f", "{{.State.Pid}}", id])).trim();
  try {
    await answers(port, async () => (await state()) !== "0" || `it ended:\n${await outputOfContainer(id)}`);
    const pid = Number(await state());
    return { usage: () => usageOf(pid), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function outputOfContainer(id: string): Promise<string> {
  const lines: string[] = [];
  await docker(["logs", id], { onLine: (line) => void lines.push(line) });
  return lines.join("\n");
}

/** A folder that a container's user can read. */
export function folderForContainer(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

const mostTries = 1200;

async function answers(port: number, runs: () => true | string | Promise<true | string>): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const running = await runs();
    if (running !== true) throw new Error(running);
    if (await reachable(port)) return;
    await sleep(100);
  }
  throw new Error(`nothing listens on port ${port}`);
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exit;
  clearTimeout(timer);
}
