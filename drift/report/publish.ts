import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { docker } from "../../engine/docker";

/** Name of the file with the metrics of drift, among those that a node exporter reads. */
const fileName = "drift.prom";

/** Hands metrics to a node exporter: as a file in the folder that it reads, wherever its engine is. */
export async function publishMetrics(text: string, container: string, folder: string): Promise<void> {
  const local = await mkdtemp(join(tmpdir(), "mcp-metrics-"));
  try {
    const file = join(local, fileName);
    await writeFile(file, text, { mode: 0o644 });
    await docker(["cp", file, `${container}:${posix.join(folder, fileName)}`]);
  } finally {
    await rm(local, { recursive: true, force: true });
  }
}
