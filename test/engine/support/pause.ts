import { docker, DockerError } from "../../../engine/docker";

/** Pauses a container. On a busy machine, with the first version of cgroups, the kernel may be too slow for the engine. */
export async function pause(container: string): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      await docker(["pause", container]);
      return;
    } catch (error) {
      if (tries === 10 || !(error instanceof DockerError && /unable to freeze/.test(error.stderr)))
        throw error;
    }
}
