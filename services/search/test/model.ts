import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "../../../engine/docker";
import { ensureImage } from "../../../imaging";

/**
 * The folder of the real model: that which TEST_SEARCH_MODEL names, or a copy of what the image holds.
 * @returns it, and what takes it away again.
 */
export async function modelFolder(): Promise<{ folder: string; remove: () => void }> {
  const given = process.env.TEST_SEARCH_MODEL;
  if (given) return { folder: given, remove: () => undefined };
  const image = await ensureImage({ image: "search-model", source: "build" }, { log: () => undefined });
  const folder = mkdtempSync(join(tmpdir(), "search-model-"));
  const container = (await docker(["create", "--label", "dev.mcp.test=services", image])).trim();
  try {
    await docker(["cp", `${container}:/model/.`, folder]);
  } finally {
    await docker(["rm", "--force", "--volumes", container]);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
