import { randomBytes } from "node:crypto";
import { type FileHandle, rename, unlink } from "node:fs/promises";
import { inherit, lostOf } from "./attributes";
import { at, createEntry, reopenToWrite } from "./descriptor";
import { AccessError } from "./errors";
import type { Place } from "./root";

type Parent = NonNullable<Place["parent"]>;
type Entry = NonNullable<Place["entry"]>;

/** Makes a file: written beside its name, which it takes in one step. */
export async function makeFile({ folder, name }: Parent, content: Buffer): Promise<void> {
  await writeBeside(folder, content, 0o666, ({ made }) => rename(at(folder, made), at(folder, name)));
}

/**
 * Gives a file a new content, and lets it keep its owner, group, mode, access lists and extended attributes.
 *
 * A new file takes the old one's name in one step, with all that the old one had: a reader sees one or the other, and
 * another name of the old file, in or out of the root, keeps the old content. Where the new one can't have all of it,
 * as with a file of another user's, the content is written into the old file. Where that may not be done, or would
 * change what has another name, the new file takes the name nonetheless.
 * @returns what could not be kept, in words.
 */
export function replaceFile(
  { folder, name }: Parent,
  old: Entry,
  content: Buffer,
  shown: string,
): Promise<string | undefined> {
  // Nobody sees the new content meanwhile who may not see the old one.
  return writeBeside(folder, content, 0o600, async ({ made, file }) => {
    const { complete, problem } = await inherit(old.handle, file);
    const own = !complete && old.stats.nlink === 1 ? await openToWrite(old.handle) : undefined;
    try {
      if (own) await writeInto(own, old.stats.size, content, { made, shown });
      else {
        await file.sync();
        // It follows no link that took the name meanwhile.
        await rename(at(folder, made), at(folder, name));
      }
      const lost = lostOf(old.stats, await (own ?? file).stat());
      if (problem !== undefined && !own)
        lost.push(`access lists and extended attributes, if it had any (${problem})`);
      return lost.length > 0 ? `${shown} is written, but could not keep its ${lost.join("; ")}` : undefined;
    } finally {
      await own?.close();
    }
  });
}

/** The old content is lost in part, so that the file beside it, which has the new one, has to stay. */
class HalfWritten extends AccessError {}

/** Writes a new file and hands it on; it is gone afterwards, unless it was given another name. */
async function writeBeside<T>(
  folder: FileHandle,
  content: Buffer,
  mode: number,
  use: (written: { made: string; file: FileHandle }) => Promise<T>,
): Promise<T> {
  const made = `.mcp-write-${randomBytes(8).toString("hex")}`;
  const file = await createEntry(folder, made, mode);
  let stays = false;
  try {
    await file.writeFile(content);
    await file.sync();
    return await use({ made, file });
  } catch (error) {
    stays = error instanceof HalfWritten;
    throw error;
  } finally {
    await file.close();
    if (!stays) await unlink(at(folder, made)).catch(() => undefined);
  }
}

/** Writes into a file that is there: first what it grows by, as only that can find the disk full. */
async function writeInto(
  file: FileHandle,
  size: number,
  content: Buffer,
  { made, shown }: { made: string; shown: string },
): Promise<void> {
  try {
    await writeAt(file, content, size);
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
  try {
    await writeAt(file, content.subarray(0, size), 0);
    await file.truncate(content.length);
    await file.sync();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new HalfWritten(
      `${shown}: writing failed half-way (${why}); all of the new content is in ${made} beside it`,
    );
  }
}

/** Writes what a content has from a position on. */
async function writeAt(file: FileHandle, content: Buffer, from: number): Promise<void> {
  for (let position = from; position < content.length;) {
    const { bytesWritten } = await file.write(content, position, content.length - position, position);
    position += bytesWritten;
  }
}

/** A file opened to write into it; undefined where the server may not. */
async function openToWrite(handle: FileHandle): Promise<FileHandle | undefined> {
  try {
    return await reopenToWrite(handle);
  } catch {
    return undefined;
  }
}
