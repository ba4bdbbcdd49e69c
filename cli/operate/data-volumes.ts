import { inspect } from "../../engine/inspect";
import type { Topology } from "../../topology";

/** The volumes that outlive a stack, by their names on the engine: caches go with it. */
export function dataVolumes({ volumes }: Topology): string[] {
  return volumes.filter(({ kind }) => kind === "data").map(({ volumeName }) => volumeName);
}

/** Of those the ones that the engine has, and that are this stack's. */
export async function ownVolumes(topology: Topology, stack: string): Promise<string[]> {
  const found = await Promise.all(
    dataVolumes(topology).map(async (volume) => ((await isOurs(volume, stack)) ? [volume] : [])),
  );
  return found.flat();
}

async function isOurs(volume: string, stack: string): Promise<boolean> {
  const found = await inspect<{ Labels: Record<string, string> | null }>("volume", volume);
  return found?.Labels?.["dev.mcp.stack"] === stack;
}
