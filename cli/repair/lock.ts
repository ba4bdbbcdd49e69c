import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { root } from "../paths";
import { run } from "../process";
import { backendFolder } from "./folder-backend";

/** Who holds a stack's lock, as Pulumi notes it. The lock never runs out by itself. */
export interface Lock {
  pid: number;
  hostname: string;
  username: string;
  timestamp: string;
}

/** The locks on a stack, parted by whether their process may still run. */
export interface Locks {
  alive: Lock[];
  stale: Lock[];
}

/**
 * The locks on a stack whose backend is a folder of this machine, read at once and without Pulumi; none for another one.
 * @param stack name of the stack
 * @param backendUrl default: PULUMI_BACKEND_URL
 */
export function folderLocks(stack: string, backendUrl = process.env.PULUMI_BACKEND_URL): Locks {
  return partLocks(readFolder(stack, backendUrl), []);
}

/**
 * The locks on a stack, whatever backend keeps it. Making a stack that is there already asks for its lock, tells who holds
 * it, and changes nothing. Pulumi Cloud has none of these: its own run out.
 * @param stack a stack that is in the backend
 * @param ended see partLocks
 */
export async function stackLocks(stack: string, ended: readonly string[]): Promise<Locks> {
  if (backendFolder() !== undefined)
    return partLocks(readFolder(stack, process.env.PULUMI_BACKEND_URL), ended);
  const lines: string[] = [];
  const init = ["-C", root, "stack", "init", stack, "--no-select", "--non-interactive"];
  await run("pulumi", init, { onLine: (line) => lines.push(line) });
  return partLocks(readLocks(lines), ended);
}

function readFolder(stack: string, backendUrl: string | undefined): Lock[] {
  const backend = backendFolder(backendUrl);
  if (backend === undefined) return [];
  const folder = join(backend, "locks", "organization", "mcp", stack);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")); // beside each lies a file of attributes
  return files.flatMap((file) => lockIn(join(folder, file)));
}

/** None where it was released since, or is not written to its end yet. */
function lockIn(file: string): Lock[] {
  try {
    return [JSON.parse(readFileSync(file, "utf8")) as Lock];
  } catch {
    return [];
  }
}

/** Reads Pulumi's message. Source: `checkForLock` in its backend for folders and buckets. */
export function readLocks(lines: readonly string[]): Lock[] {
  return lines.flatMap((line) => {
    const found = /: created by (.*)@(\S+) \(pid (\d+)\) at (\S+)$/.exec(line);
    if (!found) return [];
    const [, username = "", host = "", pid = "", timestamp = ""] = found;
    return [{ pid: Number(pid), hostname: host, username, timestamp }];
  });
}

/**
 * Parts the locks whose process may still run from those whose process has ended. One of another machine counts as alive,
 * as nobody can tell from here, until somebody who looked there says that it ended.
 * @param ended locks that ended elsewhere, each as `PID@HOST`
 */
export function partLocks(
  locks: readonly Lock[],
  ended: readonly string[],
): { alive: Lock[]; stale: Lock[] } {
  const isStale = (lock: Lock) =>
    lock.hostname === hostname() ? !runs(lock.pid) : ended.includes(holder(lock));
  return { alive: locks.filter((lock) => !isStale(lock)), stale: locks.filter(isStale) };
}

/** A lock's holder as `--ended` takes it. */
export function holder({ pid, hostname: host }: Lock): string {
  return `${pid}@${host}`;
}

/** Who holds a lock, for readers: `process 4711 (pulumi up) on desk, by ann, since 2026-11-30T22:41:07Z`. */
export function lockText(lock: Lock): string {
  const { pid, hostname: host, username, timestamp } = lock;
  const command = isHere(lock) ? commandOf(pid) : undefined;
  return `process ${pid}${command ? ` (${command})` : ""} on ${host}, by ${username}, since ${timestamp}`;
}

/** What a Pulumi that runs here is doing: `pulumi up`; undefined where that can't be told. */
function commandOf(pid: number): string | undefined {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const verb = args.find((arg) => /^[a-z]+$/.test(arg));
    return basename(program) === "pulumi" && verb ? `pulumi ${verb}` : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a lock was taken on this machine. */
export function isHere(lock: Lock): boolean {
  return lock.hostname === hostname();
}

function runs(pid: number): boolean {
  const command = `/proc/${pid}/comm`;
  if (existsSync("/proc/self"))
    return existsSync(command) && readFileSync(command, "utf8").startsWith("pulumi");
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
