import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { begin } from "../progress/run";
import type { Running } from "../progress/step";
import { cacheFolder, isAlive } from "./cache";
import type { Log } from "./types";

const pollMs = 200;
/** Who waits for less has no reason to know. */
const tellAfterMs = 2_000;
/** A file without a number of a process in it was left by a process killed while it wrote it. */
const unreadableIsStaleMs = 5_000;

/**
 * Runs a step that only one process of this machine may run at a time. A lock whose process is gone is taken over.
 * @param name what is locked; also part of the waiting message.
 */
export async function withLock<T>(name: string, log: Log, step: () => Promise<T>): Promise<T> {
  const file = path.join(cacheFolder("locks"), `${name}.lock`);
  const start = Date.now();
  let waiting: Running | undefined;
  while (!take(file)) {
    const holder = readHolder(file);
    if (isStale(file, holder)) {
      clear(file);
      continue;
    }
    // Of the own process's work its own steps tell.
    if (holder !== process.pid && Date.now() - start >= tellAfterMs)
      waiting ??= begin(log, `waiting for process ${holder ?? "unknown"}, which is at work on ${name}`);
    await sleep(pollMs);
  }
  waiting?.done();
  try {
    return await step();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** True where the file could be made, that is, was not there. */
function take(file: string): boolean {
  try {
    fs.writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isStale(file: string, holder: number | undefined): boolean {
  if (holder !== undefined) return !isAlive(holder);
  const age = ageOf(file);
  return age !== undefined && age > unreadableIsStaleMs;
}

/**
 * Removes a stale lock. Of several that wait only one may, and only after a second look: else the slower of two would
 * remove the lock that the faster has just taken.
 */
function clear(file: string): void {
  const reaper = `${file}.reaper`;
  const age = ageOf(reaper);
  if (age !== undefined && age > unreadableIsStaleMs) fs.rmSync(reaper, { force: true });
  if (!take(reaper)) return;
  try {
    if (isStale(file, readHolder(file))) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(reaper, { force: true });
  }
}

function ageOf(file: string): number | undefined {
  try {
    return Date.now() - fs.statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}
