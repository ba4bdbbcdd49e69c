import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { docker, DockerError } from "./docker";

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

/** How Docker says that a container has no such file; the words are other ones in older releases. */
const missingFile = /could not find the file|no such (file|container:path)/i;

/** The text of a file of a container, running or not; undefined where it has none there. A link is followed. */
export function readContainerFile(container: string, path: string): Promise<string | undefined> {
  return withFolder(async (folder) => {
    const copy = join(folder, "copy");
    try {
      await docker(["cp", "--follow-link", `${container}:${path}`, copy]);
    } catch (error) {
      if (error instanceof DockerError && missingFile.test(error.stderr)) return undefined;
      throw error;
    }
    return readFile(copy, "utf8");
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
