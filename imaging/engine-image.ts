import { DockerError, docker, inspect } from "../engine/docker";

/** The label that says an image, finished or not, is the project's, and by which key. */
export const buildLabel = "dev.mcp.build";

/** The name an image has in the engine. The host part keeps an engine from looking for it in a public registry. */
export function tagOf(image: string, key: string): string {
  return `localhost/mcp/${image}:${key}`;
}

/** The ID of the image of that name, digest or ID; undefined where the engine does not have it. */
export async function imageId(name: string): Promise<string | undefined> {
  return (await inspect<{ Id: string }>("image", name))?.Id;
}

/** Takes a name from an image. The image goes with its last name, unless a container or another image stands on it. */
export async function untag(tag: string): Promise<void> {
  try {
    await docker(["image", "rm", tag]);
  } catch (error) {
    if (!(error instanceof DockerError && /no such image|not found/i.test(error.stderr))) throw error;
  }
}

/**
 * Removes what a build has left behind: unnamed images with its label. By key, so that another build of the same moment
 * and everybody else's images are out of reach.
 */
export async function sweep(key: string): Promise<void> {
  await docker(["image", "prune", "--force", "--filter", `label=${buildLabel}=${key}`]);
}
