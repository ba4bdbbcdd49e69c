import { docker } from "./docker";

/** What the engine says when a program ends while its container is changed; it has changed nothing then. */
const endedMeanwhile = /cannot update a (stopped|deleted) |container not running/;

/** So often one that starts and ends in a loop is tried; between two starts the engine changes it without the runtime. */
const attempts = 10;

/**
 * Changes settings of a container where it is, whether it runs, is stopped, or starts and ends in a loop.
 * @param options those of `docker update`.
 * @throws what the engine refuses.
 */
export async function updateContainer(id: string, options: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await docker(["update", ...options, id]);
      return;
    } catch (error) {
      if (attempt === attempts || !endedMeanwhile.test((error as Error).message)) throw error;
    }
  }
}
