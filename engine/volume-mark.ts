import { writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { docker } from "./docker";
import { readContainerFile, withFolder } from "./files";

/**
 * Name of the file in a volume that says whose it is. Without a dot in front, so that whatever empties the volume takes it
 * along.
 */
const markFile = "mcp-environment";

/** Marks the volume that is mounted at a path of the container; whoever reads the data sees a file of that name. */
export async function writeMark(container: string, path: string, mark: string): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, markFile);
    await writeFile(file, `${mark}\n`, { mode: 0o644 });
    await docker(["cp", file, `${container}:${posix.join(path, markFile)}`]);
  });
}

/** The mark of the volume that is mounted at a path of the container; undefined where it has none. */
export async function readMark(container: string, path: string): Promise<string | undefined> {
  return (await readContainerFile(container, posix.join(path, markFile)))?.trim();
}
