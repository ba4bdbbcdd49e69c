import type { Stats } from "node:fs";
import { link, lstat, mkdir, rename, unlink } from "node:fs/promises";
import type { Quota } from "../quota";
import { at } from "./descriptor";
import { AccessError, refusal } from "./errors";
import { assertRegular, readAll, type ReadLimits } from "./files";
import { makeFile, replaceFile } from "./replace";
import type { Place, Root } from "./root";
import type { Location } from "./roots";
import { walk } from "./walk";

/** Changes files below writable roots: one change after the other, so that a quota is asked and used by one at a time. */
export class Writer {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly quotas: ReadonlyMap<Root, Quota>) {}

  /**
   * Writes a whole file, new or in the place of another, which is replaced as `replaceFile` does it.
   * @returns what of the other could not be kept, in words.
   */
  write(location: Location, content: Buffer): Promise<string | undefined> {
    return this.exclusive(() => this.replace(location, content));
  }

  /**
   * Changes a file's content; no other write of this server comes between reading and writing, and where another
   * program's does, nothing is written.
   */
  edit(
    location: Location,
    limits: ReadLimits,
    change: (content: Buffer) => Buffer | Promise<Buffer>,
  ): Promise<string | undefined> {
    return this.exclusive(async () => {
      const { content, stats } = await readAll(location, limits);
      return this.replace(location, await change(content), stats);
    });
  }

  /** Makes a folder and those on the way to it; one that is there already is fine. */
  makeFolder(location: Location): Promise<void> {
    return this.exclusive(async () => {
      const { root, parts, shown } = location;
      const quota = this.quotaOf(location);
      for (let depth = 1; depth <= parts.length; depth += 1) {
        await root.at(parts.slice(0, depth), shown, { follow: true }, async ({ entry, parent }) => {
          if (entry?.stats.isDirectory()) return;
          if (entry) throw new AccessError(`${shown}: a part of it is no folder`);
          const { folder, name } = parent!;
          await quota.reserve({ bytes: 0, files: 1 });
          await mkdir(at(folder, name));
          quota.add({ bytes: 0, files: 1 });
        });
      }
    });
  }

  /** Gives a file or folder another name; never that of something that is there. A link is moved itself. */
  move(from: Location, to: Location): Promise<void> {
    return this.exclusive(async () => {
      const [source, target] = [this.quotaOf(from), this.quotaOf(to)];
      const moved = source === target ? { bytes: 0, files: 0 } : await sizeOf(from);
      if (source !== target) await target.reserve(moved);
      await from.root.at(from.parts, from.shown, { follow: false }, (old) =>
        to.root.at(to.parts, to.shown, { follow: false }, (place) =>
          renameEntry(old, place, from.shown, to.shown),
        ),
      );
      source.add({ bytes: -moved.bytes, files: -moved.files });
      target.add(moved);
    });
  }

  private async replace(location: Location, content: Buffer, read?: Stats): Promise<string | undefined> {
    const { root, parts, shown } = location;
    const quota = this.quotaOf(location);
    return root.at(parts, shown, { follow: true }, async ({ entry, parent }) => {
      if (entry) assertRegular(entry.stats, shown);
      if (!parent) throw new AccessError(`${shown}: it is a folder`);
      if (read && !(entry && isSame(read, entry.stats))) {
        throw new AccessError(`${shown}: another program changed it meanwhile; read it again`);
      }
      // While it is written, the old content is there as well.
      await quota.reserve({ bytes: content.length, files: 1 });
      const lost = entry
        ? await replaceFile(parent, entry, content, shown)
        : await makeFile(parent, content).then(() => undefined);
      quota.add({ bytes: content.length - (entry?.stats.size ?? 0), files: entry ? 0 : 1 });
      return lost;
    });
  }

  private quotaOf({ root, writable, shown }: Location): Quota {
    const quota = this.quotas.get(root);
    if (!writable || !quota) throw new AccessError(`${shown}: ${root.path} may only be read`);
    return quota;
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}

/** Whether a file is the one that it was, with the content that it had. */
function isSame(read: Stats, now: Stats): boolean {
  return (["dev", "ino", "size", "mtimeMs", "ctimeMs"] as const).every((key) => read[key] === now[key]);
}

async function renameEntry(old: Place, place: Place, from: string, to: string): Promise<void> {
  if (!old.entry) throw new AccessError(`${from}: there is no such file or folder`);
  if (!old.parent) throw new AccessError(`${from}: an allowed directory itself can't be moved`);
  if (place.entry || !place.parent) throw new AccessError(`${to}: there is something of that name already`);
  const [source, target] = [
    at(old.parent.folder, old.parent.name),
    at(place.parent.folder, place.parent.name),
  ];
  try {
    if (old.entry.stats.isFile() && (await moveFile(source, target))) return;
    // A folder takes the place of an empty one at most, which loses nothing.
    await rename(source, target);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EINVAL"
      ? new AccessError(`${to}: a folder can't be moved into itself`)
      : refusal(error, to);
  }
}

/** Moves a file in a way that fails, rather than replaces, when the name is taken; false where it can't be had. */
async function moveFile(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
  } catch (error) {
    // Someone else's file, by the kernel's `protected_hardlinks`, or a file system that has no links.
    if (!["EPERM", "EACCES", "ENOTSUP", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    if (await lstat(target).catch(() => undefined))
      throw Object.assign(new Error("exists"), { code: "EEXIST" });
    return false;
  }
  await unlink(source);
  return true;
}

async function sizeOf(location: Location): Promise<{ bytes: number; files: number }> {
  const { root, parts, shown } = location;
  const size = await root.at(parts, shown, { follow: false }, async ({ entry }) => entry?.stats);
  if (!size?.isDirectory()) return { bytes: size?.size ?? 0, files: 1 };
  const all = { bytes: 0, files: 1 };
  await walk(location, { entries: 1_000_000 }, (_, entry) => {
    all.files += 1;
    if (entry.kind === "file") all.bytes += entry.size;
    return true;
  });
  return all;
}
