import { randomBytes } from "node:crypto";
import { DockerError, docker } from "../engine/docker";
import { inspect } from "../engine/inspect";
import { isAlive } from "./cache";
import { plainName } from "./packages/package";

/** The label that says that an image, finished or not, is the project's, and which one. */
export const buildLabel = "dev.mcp.build";

/** The label of a finished image: its name in the cache. */
export const imageLabel = "dev.mcp.image";

/** Where the names are that images have for a moment. The host part keeps engines from asking a public registry. */
const moments = "localhost/mcp";

/** A name for an image as long as this process is at work with it. */
export function momentaryTag(image: string): string {
  return `${moments}/${plainName(image)}:at-work-${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** Takes away the momentary names that killed processes have left. */
export async function dropDeadNames(): Promise<void> {
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const tags = (await docker(["image", "ls", ...format, "--filter", `reference=${moments}/*`])).split("\n");
  for (const tag of tags) {
    const pid = /:at-work-(\d+)-/.exec(tag)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await untag(tag);
  }
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
    // Forced, as a container that a killed build has left may still be made from it: the name goes all the same.
    await docker(["image", "rm", "--force", tag]);
  } catch (error) {
    if (!(error instanceof DockerError && /no such image|not found/i.test(error.stderr))) throw error;
  }
}

/**
 * Removes what a build has left behind: unnamed images with its label. By name, so that another build of the same moment
 * and everybody else's images are out of reach; one by one, as an engine refuses a second prune while one is under way.
 */
export async function sweep(name: string): Promise<void> {
  const filters = ["dangling=true", `label=${buildLabel}=${name}`].flatMap((filter) => ["--filter", filter]);
  const ids = (await docker(["image", "ls", "--quiet", "--no-trunc", ...filters]))
    .split("\n")
    .filter(Boolean);
  for (const id of ids)
    await docker(["image", "rm", id]).catch((error: unknown) => {
      // In use, or gone with another of them: either way not this build's business any more.
      if (!(error instanceof DockerError)) throw error;
    });
}
