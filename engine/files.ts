import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { docker } from "./docker";

/** The text of all files in a folder of a container, running or not, by their paths within the folder. */
export function readFolder(container: string, path: string): Promise<Record<string, string>> {
  return withFolder(async (folder) => {
    await docker(["cp", `${container}:${path}/.`, folder]);
    const found = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = files.map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const);
    return Object.fromEntries(await Promise.all(texts));
  });
}

/** Gives work an empty folder that nobody else can read, and removes it afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
