import { docker } from "../../../engine/docker";

const repository = "mcp-test-kept";
const format = ["--format", "{{.Repository}}:{{.Tag}}"];

/**
 * Holds the images that a test's stack has in the engine, until the whole run ends: an engine drops what nobody holds, and the
 * next test would load gigabytes from the cache again, a seventh of its processor time.
 * @param owner the first part of the names under which the stack holds them.
 */
export async function keepImages(owner: string): Promise<void> {
  for (const name of await namesUnder(owner))
    await docker(["image", "tag", name, name.replace(owner, repository)]);
}

/** Lets go of all that was kept. */
export async function dropKeptImages(): Promise<void> {
  const kept = await namesUnder(repository);
  if (kept.length > 0) await docker(["image", "rm", "--force", ...kept]);
}

async function namesUnder(owner: string): Promise<string[]> {
  const found = await docker(["images", "--filter", `reference=${owner}/*`, ...format]);
  return found.split("\n").filter(Boolean);
}
