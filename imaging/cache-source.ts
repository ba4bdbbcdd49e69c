import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { step } from "../progress/run";
import { cacheFolder, withScratch } from "./cache";
import { ImagesError } from "./errors";
import type { Log } from "./types";

/** The variable that names a source of cache entries: a folder, or an address over http or https. */
export const sourceVariable = "MCP_CACHE_SOURCE";

/** What of the cache a source has: images, downloads and programs for them, and Pulumi's toolchain. */
export const entryKinds = ["images", "downloads", "toolchain"] as const;
export type EntryKind = (typeof entryKinds)[number];

/** The names in a source of an entry's archive, and of the file with its checksum as `sha256sum` writes it. */
export const archiveOf = (entry: string) => `${entry}.tar.gz`;
export const checksumOf = (entry: string) => `${archiveOf(entry)}.sha256`;

/** A source's archive that can't be used; the message names it, and says what mends it. */
export class CacheSourceError extends ImagesError {
  override name = "CacheSourceError";

  constructor(what: string, fix: string) {
    super(`${what}\n  fix: ${fix}, or unset ${sourceVariable} to have it made here`);
  }
}

/**
 * Takes an entry into the cache from where `MCP_CACHE_SOURCE` says.
 * @param files what the entry is in its folder of the cache, moved there in this order.
 * @returns false where no source is set, or it has no such entry.
 * @throws CacheSourceError where the source can't be read, or what it has of the entry is damaged; the cache is as it was then.
 */
export async function takeFromSource(
  kind: EntryKind,
  entry: string,
  files: readonly string[],
  log: Log,
): Promise<boolean> {
  const expected = await checksumInSource(kind, entry);
  if (expected === undefined) return false;
  const archive = placeOf(kind, archiveOf(entry));
  await step(log, `taking ${entry} from ${archive.shown}`, 10, () =>
    withScratch(async (scratch) => {
      const copy = path.join(scratch, "archive");
      await copyChecked(archive, expected, copy);
      const folder = path.join(scratch, "unpacked");
      fs.mkdirSync(folder);
      await unpack(copy, folder, archive);
      const found = fs.readdirSync(folder).sort();
      if (found.join() !== [...files].sort().join())
        throw new CacheSourceError(`${archive.shown} holds ${found.join(", ") || "nothing"}`, exportAgain);
      for (const file of files) fs.renameSync(path.join(folder, file), path.join(cacheFolder(kind), file));
    }),
  );
  return true;
}

/** The checksum that the source has for an entry's archive; undefined where there is no source, or it has no such entry. */
export async function checksumInSource(kind: EntryKind, entry: string): Promise<string | undefined> {
  if (!process.env[sourceVariable]) return undefined;
  const place = placeOf(kind, checksumOf(entry));
  const stream = await open(place);
  if (!stream) return undefined;
  const text = Buffer.concat(await stream.toArray()).toString("utf8");
  const checksum = /^([0-9a-f]{64})\b/.exec(text)?.[1];
  if (checksum === undefined) throw new CacheSourceError(`${place.shown} holds no SHA-256`, exportAgain);
  return checksum;
}

const exportAgain = "export it again with `npm run setup -- --export FOLDER`";

/** A file of the source: a path, or an address, and the same without a password, for messages. */
interface Place {
  at: string | URL;
  shown: string;
}

function placeOf(kind: EntryKind, file: string): Place {
  const source = process.env[sourceVariable] ?? "";
  if (/^https?:\/\//.test(source)) {
    const at = new URL(`${source.replace(/\/*$/, "")}/${kind}/${encodeURIComponent(file)}`);
    const shown = new URL(at);
    shown.username = shown.password = "";
    return { at, shown: shown.href };
  }
  if (!path.isAbsolute(source) || !fs.existsSync(source))
    throw new CacheSourceError(
      `${sourceVariable} is "${source}", which is no folder that is there`,
      "give an absolute path, or an address that begins with http:// or https://",
    );
  const at = path.join(source, kind, file);
  return { at, shown: at };
}

/** A file of the source, to be read; undefined where it is not there. */
async function open({ at, shown }: Place): Promise<Readable | undefined> {
  if (typeof at === "string") return fs.existsSync(at) ? fs.createReadStream(at) : undefined;
  const { username, password } = at;
  const address = new URL(at);
  address.username = address.password = "";
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const headers: Record<string, string> =
    username === "" ? {} : { authorization: `Basic ${user.toString("base64")}` };
  const again = "see that the address answers";
  const answer = await fetch(address, { headers }).catch((error: Error) => {
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CacheSourceError(`${shown} can't be reached (${why})`, again);
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok || !answer.body) throw new CacheSourceError(`${shown} answers ${answer.status}`, again);
  return Readable.fromWeb(answer.body);
}

async function copyChecked(archive: Place, expected: string, copy: string): Promise<void> {
  const stream = await open(archive);
  if (!stream) throw new CacheSourceError(`${archive.shown} is missing beside its checksum`, exportAgain);
  const hash = createHash("sha256");
  stream.on("data", (chunk: Buffer) => hash.update(chunk));
  await pipeline(stream, fs.createWriteStream(copy)).catch((error: Error) => {
    throw new CacheSourceError(`${archive.shown} can't be read to its end (${error.message})`, "try again");
  });
  const found = hash.digest("hex");
  if (found !== expected)
    throw new CacheSourceError(
      `${archive.shown} has another checksum than beside it: ${found} instead of ${expected}`,
      exportAgain,
    );
}

/** Unpacks an archive; one that would write anywhere else is refused. */
async function unpack(copy: string, folder: string, archive: Place): Promise<void> {
  const { extract } = await import("tar"); // loaded only where there is something to unpack
  await extract({ file: copy, cwd: folder, strict: true, preserveOwner: false }).catch((error: Error) => {
    throw new CacheSourceError(`${archive.shown} can't be unpacked (${error.message})`, exportAgain);
  });
}
