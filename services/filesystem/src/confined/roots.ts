import { posix } from "node:path";
import { AccessError } from "./errors";
import { Root } from "./root";

const MOST_BYTES = 4096;

/** A path of the client's, taken apart: which root it is below, and how. */
export interface Location {
  root: Root;
  writable: boolean;
  parts: string[];
  /** The path as the client gave it, for its answers. */
  shown: string;
}

/** All folders that clients may work below. */
export class Roots {
  private constructor(private readonly all: readonly { root: Root; writable: boolean }[]) {}

  /** @throws where one can't be opened. */
  static async open(readable: readonly string[], writable: readonly string[]): Promise<Roots> {
    const opened = [
      ...readable.map(async (path) => ({ root: await Root.open(path), writable: false })),
      ...writable.map(async (path) => ({ root: await Root.open(path), writable: true })),
    ];
    return new Roots(await Promise.all(opened));
  }

  get list(): readonly { root: Root; writable: boolean }[] {
    return this.all;
  }

  /**
   * Finds the root of a path by its text alone; `..` is taken for what it is in text, before any link is looked at.
   * A relative path is below the first root. Nothing is decoded, folded or expanded: what the kernel takes for another
   * name is another name here.
   * @throws AccessError where the path is below no root.
   */
  locate(shown: string): Location {
    if (shown === "" || shown.includes("\0"))
      throw new AccessError("The path is empty, or holds a null byte");
    if (Buffer.from(shown).toString() !== shown) throw new AccessError("The path is not valid Unicode");
    if (Buffer.byteLength(shown) > MOST_BYTES)
      throw new AccessError(`The path is longer than ${MOST_BYTES} bytes`);
    const first = this.all[0];
    if (!first) throw new AccessError("No directory is allowed");
    const path = posix.resolve(first.root.path, shown);
    const found = this.all
      .filter(({ root }) => path === root.path || path.startsWith(`${root.path}/`))
      .sort((one, other) => other.root.path.length - one.root.path.length)[0];
    if (!found) {
      const allowed = this.all.map(({ root }) => root.path).join(", ");
      throw new AccessError(`${printable(shown)} is outside the allowed directories (${allowed})`);
    }
    const parts = path.slice(found.root.path.length).split("/").filter(Boolean);
    return { ...found, parts, shown: printable(shown) };
  }

  async check(): Promise<void> {
    await Promise.all(this.all.map(({ root }) => root.check()));
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ root }) => root.close()));
  }
}

/** Long paths and control characters have no place in a message. */
function printable(path: string): string {
  const plain = path.replace(/\p{Cc}/gu, "?");
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}
