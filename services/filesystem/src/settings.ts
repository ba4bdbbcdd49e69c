import { z } from "zod";
import { EnvironmentError, readEnvironment, wholeNumber } from "../../host/environment";
import { folderList } from "../../host/folders";
import type { ReadLimits } from "./confined/files";
import type { Allowance } from "./quota";

const folders = folderList("that clients are to have");

const schema = z.object({
  /** Folders that clients may read, absolute, comma-separated. */
  FILESYSTEM_READ_ROOTS: folders.prefault(""),
  /** Folders that clients may read and write. Without one the tools that write are not offered. */
  FILESYSTEM_WRITE_ROOTS: folders.prefault(""),
  /** Most that may be below each writable folder, in MiB. */
  FILESYSTEM_QUOTA_MB: wholeNumber(1, 10_000_000).prefault("1024"),
  /** Most files, folders and links below each writable folder. */
  FILESYSTEM_QUOTA_FILES: wholeNumber(1, 10_000_000).prefault("100000"),
  /** The largest file that is read whole, in KiB; of larger ones `head` and `tail` give parts. */
  FILESYSTEM_READ_KB: wholeNumber(1, 65_536).prefault("4096"),
  /** Whether a file with several names is read: one of them may be outside. Stores of pnpm and Git make such files. */
  FILESYSTEM_HARD_LINKS: z.enum(["refuse", "read"]).prefault("refuse"),
  /** Most entries that a listing, a tree or a search looks at. */
  FILESYSTEM_ENTRIES: wholeNumber(10, 1_000_000).prefault("20000"),
  /** Longest time of a tree or a search, in seconds. */
  FILESYSTEM_TIMEOUT_SECONDS: wholeNumber(1, 600).prefault("10"),
});

/** Where clients may work and what a call may cost, as the rest of the program uses it. */
export interface Settings {
  readable: string[];
  writable: string[];
  quota: Allowance;
  read: ReadLimits;
  entries: number;
  milliseconds: number;
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  const { FILESYSTEM_READ_ROOTS: readable, FILESYSTEM_WRITE_ROOTS: writable } = read;
  const problem = problemOf(readable, writable);
  if (problem) throw new EnvironmentError([problem]);
  return {
    readable,
    writable,
    quota: { bytes: read.FILESYSTEM_QUOTA_MB * 1024 * 1024, files: read.FILESYSTEM_QUOTA_FILES },
    read: { bytes: read.FILESYSTEM_READ_KB * 1024, hardLinks: read.FILESYSTEM_HARD_LINKS === "read" },
    entries: read.FILESYSTEM_ENTRIES,
    milliseconds: read.FILESYSTEM_TIMEOUT_SECONDS * 1000,
  };
}

/** What would make it unclear which rights a path has, or whose quota it counts for. */
function problemOf(readable: readonly string[], writable: readonly string[]): string | undefined {
  const all = [...readable, ...writable];
  if (all.length === 0) {
    return "FILESYSTEM_READ_ROOTS is not set: name the folders that clients may read, or FILESYSTEM_WRITE_ROOTS";
  }
  const twice = all.find((path, index) => all.indexOf(path) !== index);
  if (twice)
    return `FILESYSTEM_WRITE_ROOTS: ${twice} is named twice; name it in one of the two settings, once`;
  for (const outer of writable) {
    const inner = all.find((path) => path.startsWith(`${outer}/`));
    if (inner)
      return `FILESYSTEM_WRITE_ROOTS: ${inner} is below ${outer}, which can be written; leave one out`;
  }
  return undefined;
}
