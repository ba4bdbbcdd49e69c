import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { step } from "../progress/run";
import { filesOf, hasArchive, inSource } from "./archive";
import { cacheFolder } from "./cache";
import { archiveOf, checksumOf, type EntryKind, entryKinds } from "./cache-source";
import type { Log } from "./types";

/** Entries by their names, with the files that they are in the cache. */
type Entries = Record<string, string[]>;

/**
 * Writes what the own cache has into a folder, for `MCP_CACHE_SOURCE` of others: an archive of each entry, and its checksum, which is
 * written last. What is there already stays as it is.
 * @returns how many archives are new.
 */
export async function exportCache(folder: string, log: Log): Promise<number> {
  const { create } = await import("tar"); // loaded only here: it is no part of a normal run
  let written = 0;
  for (const kind of entryKinds) {
    const target = path.join(folder, kind);
    fs.mkdirSync(target, { recursive: true });
    for (const [entry, files] of Object.entries(entriesOf(kind))) {
      if (fs.existsSync(path.join(target, checksumOf(entry)))) continue;
      const file = path.join(target, archiveOf(entry));
      await step(log, `writing ${file}`, 10, () =>
        // Little compressed: most is compressed already, or read once.
        create({ file, cwd: cacheFolder(kind), gzip: { level: 1 }, portable: true, filter: isShared }, files),
      );
      fs.writeFileSync(
        path.join(target, checksumOf(entry)),
        `${await hashOf(file)}  ${path.basename(file)}\n`,
      );
      written += 1;
    }
  }
  return written;
}

/** The toolchain's home for Pulumi is the user's own: it may hold what nobody else is to see. */
function isShared(file: string): boolean {
  return !/^[^/]+-[0-9a-f]{16}\/home(\/|$)/.test(file);
}

function entriesOf(kind: EntryKind): Entries {
  const names = fs.readdirSync(cacheFolder(kind));
  switch (kind) {
    case "images":
      return Object.fromEntries(
        names.flatMap((name) => {
          const image = /^(.+-[0-9a-f]{16})\.json$/.exec(name)?.[1];
          return image !== undefined && hasArchive(image) ? [[inSource(image), filesOf(image)]] : [];
        }),
      );
    case "downloads":
      return Object.fromEntries(
        names.filter((name) => /^[0-9a-f]{16}-/.test(name)).map((name) => [name, [name]]),
      );
    case "toolchain":
      return Object.fromEntries(
        names.filter((name) => /-[0-9a-f]{16}$/.test(name)).map((name) => [name, [name]]),
      );
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest("hex");
}
