import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backendFolder } from "./folder-backend";
import type { Mend } from "./mends";

/**
 * Files of attributes that a Pulumi which was killed left half-written: Pulumi can't read what lies beside them then. What
 * lies there is whole, as it is exchanged in one step, and needs no attributes. None for a backend that is no folder here.
 * Source: gocloud.dev, blob/fileblob/attrs.go.
 */
export function brokenAttributes(stack: string, backendUrl?: string): string[] {
  const folder = backendFolder(backendUrl);
  if (folder === undefined) return [];
  const stacks = join(folder, "stacks", "mcp");
  const locks = join(folder, "locks", "organization", "mcp", stack);
  return [
    ...filesIn(stacks).filter((file) => file.startsWith(`${stacks}/${stack}.json`)),
    ...filesIn(locks),
  ].filter((file) => file.endsWith(".attrs") && !isWhole(file));
}

/** The mend without which nothing else of the stack can be read. */
export function attributeMends(stack: string): Mend[] {
  return brokenAttributes(stack).map((file) => ({
    will: `remove ${file}, which a Pulumi that was killed left half-written; the state beside it is whole`,
    apply: async () => rmSync(file, { force: true }),
  }));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((file) => join(folder, file));
  } catch {
    return []; // no stack yet, or no lock
  }
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
