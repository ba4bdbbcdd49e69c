import { constants } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";

/**
 * Linux's O_PATH, which Node has no name for: a descriptor of the file itself, be it a link, a pipe or a device, that
 * reads nothing, waits for nobody and rings no driver.
 */
const O_PATH = 0o10_000_000;

/** Path of what a descriptor stands for, wherever it is moved or whatever takes its place; of its entries with a name. */
export function at(handle: FileHandle, name?: string): string {
  return name === undefined ? `/proc/self/fd/${handle.fd}` : `/proc/self/fd/${handle.fd}/${name}`;
}

/** Opens an entry of a folder as what it is: a link is not followed. */
export function openEntry(folder: FileHandle, name: string): Promise<FileHandle> {
  return open(at(folder, name), O_PATH | constants.O_NOFOLLOW);
}

/** Opens a folder by its path. */
export function openFolder(path: string): Promise<FileHandle> {
  return open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** Opens for reading what an O_PATH descriptor stands for: that very file, so that none can be put in its place. */
export function reopen(handle: FileHandle): Promise<FileHandle> {
  return open(at(handle), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}

/** Opens for writing what an O_PATH descriptor stands for, as it is: nothing of it is cut off. */
export function reopenToWrite(handle: FileHandle): Promise<FileHandle> {
  return open(at(handle), constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}

/** Makes a new file in a folder and opens it for writing. */
export function createEntry(folder: FileHandle, name: string, mode: number): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return open(at(folder, name), flags, mode);
}

/** The mount that a descriptor's file is on: bind mounts of one file system differ in it, unlike in their device. */
export async function mountOf(handle: FileHandle): Promise<string> {
  const text = await readFile(`/proc/self/fdinfo/${handle.fd}`, "utf8");
  return /^mnt_id:\s*(\d+)$/m.exec(text)?.[1] ?? "";
}
