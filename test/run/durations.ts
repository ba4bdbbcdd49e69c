import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileRecord } from "./record";

/** How long files take, in seconds, by their paths. */
export type Durations = Record<string, number>;

/** Where it is kept, from a run of everything. */
export const durationsFile = join(__dirname, "..", "durations.json");

/** What is kept. */
export const knownDurations = () => JSON.parse(readFileSync(durationsFile, "utf8")) as Durations;

/** What is to be kept after a run, longest first, as the file's text. */
export function durationsOf(files: readonly FileRecord[]): string {
  const entries = files.map(({ file, wall }) => [file, Math.round(wall)] as const);
  const sorted = [...entries].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

/** A test file, as far as its place in a run depends on it. */
export interface Placed {
  file: string;
  suite: string;
}

/**
 * Puts the longest first, or else one of them would run alone in the end. Of a file that is not known yet it is taken that it
 * is as long as the middle one of its suite.
 */
export function longestFirst<T extends Placed>(files: readonly T[], durations: Durations): T[] {
  const middle = new Map<string, number>();
  for (const { suite } of files) {
    const known = files.flatMap((one) => (one.suite === suite ? (durations[one.file] ?? []) : []));
    middle.set(suite, known.sort((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0);
  }
  const seconds = ({ file, suite }: T) => durations[file] ?? middle.get(suite) ?? 0;
  return [...files].sort((a, b) => seconds(b) - seconds(a));
}
