import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { docker } from "./docker";

/** The text of all files in a folder of a container, running or not, by their paths within the folder. */
export async function readFolder(container: string, path: string): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-files-"));
  try {
    await docker(["cp", `${container}:${path}/.`, folder]);
    const found = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = files.map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const);
    return Object.fromEntries(await Promise.all(texts));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
