import type { Stats } from "node:fs";
import { type FileHandle, readdir } from "node:fs/promises";
import { at, openEntry, reopen } from "./descriptor";
import { AccessError } from "./errors";
import { present } from "./root";
import type { Location } from "./roots";

/** What is read of a file, and refused. */
export interface ReadLimits {
  /** The largest file that is read whole, in bytes. */
  bytes: number;
  /** A file that has further names may be one from outside, and is read only where the settings say so. */
  hardLinks: boolean;
}

/** An entry of a folder. A link is one, whatever it leads to. */
export interface Entry {
  name: string;
  kind: "file" | "directory" | "link" | "other";
  size: number;
  /** Where the entry is, for walks that do not ask for its path again. */
  stats: Stats;
}

/** Opens a regular file for reading and hands it to `use`; anything else is refused before it is opened. */
export function withFile<T>(
  location: Location,
  { hardLinks }: ReadLimits,
  use: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  const { root, parts, shown } = location;
  return root.at(parts, shown, { follow: true }, async (place) => {
    const { handle, stats } = present(place, shown);
    assertRegular(stats, shown);
    if (stats.nlink > 1 && !hardLinks) {
      throw new AccessError(
        `${shown}: the file has further names, of which one may be outside; FILESYSTEM_HARD_LINKS=read allows it`,
      );
    }
    const file = await reopen(handle);
    try {
      return await use(file, stats);
    } finally {
      await file.close();
    }
  });
}

/** Reads a whole file. */
export async function readWhole(location: Location, limits: ReadLimits): Promise<Buffer> {
  return (await readAll(location, limits)).content;
}

/** Reads a whole file, and gives what was known of it before that. */
export function readAll(location: Location, limits: ReadLimits): Promise<{ content: Buffer; stats: Stats }> {
  return withFile(location, limits, async (file, stats) => {
    const { size } = stats;
    const tooLarge = () =>
      new AccessError(`${location.shown}: larger than ${limits.bytes} bytes; read a part with head or tail`);
    if (size > limits.bytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let length = 0;
    // A file may grow while it is read.
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limits.bytes) throw tooLarge();
      chunks.push(chunk);
    }
    return { content: Buffer.concat(chunks), stats };
  });
}

/** What is known of a file or folder; of a link, of what it leads to. */
export function statOf({ root, parts, shown }: Location): Promise<Stats> {
  return root.at(parts, shown, { follow: true }, async (place) => present(place, shown).stats);
}

/** The entries of a folder, in the order of their names. */
export function listFolder({ root, parts, shown }: Location, most: number): Promise<Entry[]> {
  return root.at(parts, shown, { follow: true }, async (place) => {
    const { handle, stats } = present(place, shown);
    if (!stats.isDirectory()) throw new AccessError(`${shown}: it is no folder`);
    return entriesOf(handle, shown, most);
  });
}

/** The entries of a folder that is open. */
export async function entriesOf(folder: FileHandle, shown: string, most: number): Promise<Entry[]> {
  const names = await readdir(at(folder));
  if (names.length > most) throw new AccessError(`${shown}: more than ${most} entries`);
  const entries: Entry[] = [];
  for (const name of names.sort()) {
    const entry = await openEntry(folder, name).catch(() => undefined);
    if (!entry) continue; // it went meanwhile, or its name is no text
    try {
      const stats = await entry.stat();
      entries.push({ name, kind: kindOf(stats), size: stats.size, stats });
    } finally {
      await entry.close();
    }
  }
  return entries;
}

export function kindOf(stats: Stats): Entry["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "link" : "other";
}

/** @throws AccessError for folders, pipes, sockets and devices. */
export function assertRegular(stats: Stats, shown: string): void {
  if (stats.isDirectory()) throw new AccessError(`${shown}: it is a folder`);
  if (!stats.isFile()) throw new AccessError(`${shown}: it is no regular file`);
}
