import { DockerError, docker, inspect } from "../engine/docker";

/** The label that says that an image, finished or not, is the project's, and which one. */
export const buildLabel = "dev.mcp.build";

/** The label of a finished image: its name in the cache. */
export const imageLabel = "dev.mcp.image";

/** Where the names are that images have for a moment. The host part keeps engines from asking a public registry. */
export function repositoryOf(image: string): string {
  return `localhost/mcp/${image}`;
}

/** The name of an image that has just been made and is not kept yet. */
export function freshTag(image: string, name: string): string {
  return `${repositoryOf(image)}:fresh-${name}`;
}

/** The engine's machine, as Docker names it: amd64, arm64. */
export async function engineArchitecture(): Promise<string> {
  return (await docker(["version", "--format", "{{.Server.Arch}}"])).trim();
}

/** The ID of the image of that name, digest or ID; undefined where the engine does not have it. */
export async function imageId(name: string): Promise<string | undefined> {
  return (await inspect<{ Id: string }>("image", name))?.Id;
}

/** The ID of the finished image of that name in the cache, by its label, whatever it is called in the engine. */
export async function labelledId(name: string): Promise<string | undefined> {
  const filter = ["--filter", `label=${imageLabel}=${name}`];
  return (await docker(["image", "ls", "--quiet", "--no-trunc", ...filter])).split("\n")[0] || undefined;
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
 * Removes what a build has left behind: unnamed images with its label. By name, so that another build of the same moment
 * and everybody else's images are out of reach.
 */
export async function sweep(name: string): Promise<void> {
  await docker(["image", "prune", "--force", "--filter", `label=${buildLabel}=${name}`]);
}
