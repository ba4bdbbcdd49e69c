import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheRoot } from "../loader/cache-root.cjs";

/** The project's root, which recipes name their files from. */
export const projectRoot = path.resolve(__dirname, "..");

/** The folder that images, downloads and build logs are kept in, shared by all checkouts and stacks of a user. */
export function cacheFolder(...below: string[]): string {
  const folder = path.join(cacheRoot(), ...below);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Runs a step with a folder of its own, on the cache's file system so that what it makes can be renamed into place.
 * The folder is gone afterwards; one that a killed process left is cleared away by the next.
 */
export async function withScratch<T>(step: (folder: string) => Promise<T>): Promise<T> {
  const all = cacheFolder("scratch");
  for (const name of fs.readdirSync(all)) {
    const pid = Number(name.split("-")[0]);
    if (!isAlive(pid)) fs.rmSync(path.join(all, name), { recursive: true, force: true });
  }
  const folder = path.join(all, `${process.pid}-${randomBytes(4).toString("hex")}`);
  fs.mkdirSync(folder);
  try {
    return await step(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a process of that number runs on this machine. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
