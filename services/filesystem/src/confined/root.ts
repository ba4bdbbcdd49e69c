import type { Stats } from "node:fs";
import { type FileHandle, readlink, realpath, stat } from "node:fs/promises";
import { at, mountOf, openEntry, openFolder } from "./descriptor";
import { AbsentError, AccessError, refusal } from "./errors";

/** Links on one way, and folders below each other: far more than real trees have. */
const MOST_LINKS = 40;
const MOST_FOLDERS = 256;

/** What was found at a path; its descriptors are open for as long as the callback that it is handed to runs. */
export interface Place {
  /** The file or folder itself, by an O_PATH descriptor; absent where there is nothing. */
  entry?: { handle: FileHandle; stats: Stats };
  /** The folder it is in and its name there; absent for the root itself. */
  parent?: { folder: FileHandle; name: string };
}

/** What to do with the last part of a path. */
export interface Lookup {
  /** A link as the last part is followed, as links before it always are. */
  follow: boolean;
}

/**
 * A folder that clients work below, and no way out of it.
 *
 * A path is never handed to the kernel as a whole. Each part is opened by its name in the folder that the part before
 * it opened, without following links, as `openat2` does with RESOLVE_BENEATH: whatever somebody renames or links in
 * between, what is opened was an entry of a folder below the root. Links are read and walked the same way; one that is
 * absolute, or climbs above the root, is refused. So is what is mounted below the root, as its files are other ones.
 */
export class Root {
  private constructor(
    /** As the settings name it. */
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly mount: string,
  ) {}

  /** Opens a root. It stays the folder that it is, whatever takes its path later. */
  static async open(path: string): Promise<Root> {
    const handle = await openFolder(await realpath(path));
    return new Root(path, handle, await mountOf(handle));
  }

  /** @throws where another folder, or none, is at the root's path by now. */
  async check(): Promise<void> {
    const [opened, named] = await Promise.all([this.handle.stat(), stat(this.path)]);
    if (opened.ino !== named.ino || opened.dev !== named.dev) {
      throw new Error(`${this.path} is another folder than when the server started: restart it`);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /**
   * Finds what is at a path below the root and hands it to `use`.
   * @param parts the names on the way.
   * @param shown the path as the client gave it, for errors.
   * @throws AccessError where the way leads out of the root, or ends.
   */
  async at<T>(
    parts: readonly string[],
    shown: string,
    lookup: Lookup,
    use: (place: Place) => Promise<T>,
  ): Promise<T> {
    const opened: FileHandle[] = [];
    try {
      return await use(await this.walk([...parts], shown, lookup, opened));
    } catch (error) {
      throw refusal(error, shown);
    } finally {
      await Promise.all(opened.map((handle) => handle.close()));
    }
  }

  private async walk(queue: string[], shown: string, lookup: Lookup, opened: FileHandle[]): Promise<Place> {
    const folders: { handle: FileHandle; name: string }[] = [];
    const top = () => folders.at(-1)?.handle ?? this.handle;
    let links = 0;
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        // Only a link's text brings one here. The folder that was come by is the one above, not what is there by now.
        if (folders.pop() === undefined) throw outside(shown);
        continue;
      }
      const last = queue.length === 0;
      const handle = await this.openOrAbsent(top(), name, last);
      if (!handle) return { parent: { folder: top(), name } };
      opened.push(handle);
      const stats = await handle.stat();
      if (stats.isSymbolicLink() && (!last || lookup.follow)) {
        links += 1;
        if (links > MOST_LINKS) throw new AccessError(`${shown}: too many links lead to each other`);
        const target = await readlink(at(top(), name));
        if (target.startsWith("/")) throw outside(shown);
        queue.unshift(...target.split("/"));
        continue;
      }
      if ((await mountOf(handle)) !== this.mount) {
        throw new AccessError(
          `${shown}: something else is mounted there; it would have to be a root of its own`,
        );
      }
      if (last) return { entry: { handle, stats }, parent: { folder: top(), name } };
      if (!stats.isDirectory()) throw new AccessError(`${shown}: a part of it is no folder`);
      folders.push({ handle, name });
      if (folders.length > MOST_FOLDERS)
        throw new AccessError(`${shown}: deeper than ${MOST_FOLDERS} folders`);
    }
    const here = folders.pop();
    if (!here) return { entry: { handle: this.handle, stats: await this.handle.stat() } };
    return {
      entry: { handle: here.handle, stats: await here.handle.stat() },
      parent: { folder: top(), name: here.name },
    };
  }

  private async openOrAbsent(
    folder: FileHandle,
    name: string,
    last: boolean,
  ): Promise<FileHandle | undefined> {
    try {
      return await openEntry(folder, name);
    } catch (error) {
      if (last && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}

/** The entry of a place. @throws AbsentError where there is nothing. */
export function present({ entry }: Place, shown: string): NonNullable<Place["entry"]> {
  if (!entry) throw new AbsentError(`${shown}: there is no such file or folder`);
  return entry;
}

function outside(shown: string): AccessError {
  return new AccessError(`${shown}: a link on the way leads out of the allowed directories`);
}
