import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/** With version 1 a tree of its own counts the time; with version 2 there is only one tree. */
const first = join(root, "cpuacct");
const isFirst = existsSync(first);
const counting = isFirst ? first : root;

/** Names of the groups of processes within a group. */
export function cgroupNames(parent: string): string[] {
  return [...new Set(hierarchies().flatMap((hierarchy) => foldersIn(join(hierarchy, parent))))];
}

/** Removes a group of processes that have ended, and those in it; a plain removal fails on the kernel's own files. */
export function removeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) removeFolder(join(hierarchy, name));
}

/** A command whose process, and all that it starts, is in a group of its own when its time is counted. */
export function within(name: string, command: readonly string[]): string[] {
  const folder = join(counting, name);
  return ["sh", "-c", 'mkdir -p "$0" && echo $$ >"$0/cgroup.procs" && exec "$@"', folder, ...command];
}

/** Processor time that a group has used so far, in seconds; that of groups within it is part of it. */
export function processorTime(name: string): number {
  const read = (file: string) => readFileSync(join(counting, name, file), "utf8");
  if (isFirst) return Number(read("cpuacct.usage")) / 1e9;
  return Number(/^usage_usec (\d+)$/m.exec(read("cpu.stat"))?.[1]) / 1e6;
}

/** The processes of a group, those within it not counted. */
export function processesIn(name: string): string[] {
  return readFileSync(join(counting, name, "cgroup.procs"), "utf8")
    .split("\n")
    .filter(Boolean);
}

/** Where groups of processes are: one tree with version 2, one for each controller with version 1. */
function hierarchies(): string[] {
  return [root, ...foldersIn(root).map((name) => join(root, name))];
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function removeFolder(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of foldersIn(folder)) removeFolder(join(folder, name));
  rmdirSync(folder);
}
