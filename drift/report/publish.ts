import { writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { docker } from "../../engine/docker";
import { withFolder } from "../../engine/files";

/** Name of the file with the metrics of drift, among those that a node exporter reads. */
const fileName = "drift.prom";

/** Hands metrics to a node exporter: as a file in the folder that it reads, wherever its engine is. */
export function publishMetrics(text: string, container: string, folder: string): Promise<void> {
  return withFolder(async (local) => {
    const file = join(local, fileName);
    await writeFile(file, text, { mode: 0o644 });
    await docker(["cp", file, `${container}:${posix.join(folder, fileName)}`]);
  });
}
