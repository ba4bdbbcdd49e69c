import { docker, DockerError } from "../engine/docker";
import { step } from "../progress/run";
import { imageId, untag } from "./engine-image";
import type { PulledImage } from "./reference";
import type { Log } from "./types";

/**
 * The image of that reference; pulled where the engine does not have it.
 * @returns its ID.
 */
export async function pull(image: PulledImage, log: Log): Promise<string> {
  const present = await imageId(image.reference);
  if (present !== undefined) return present;
  try {
    await step(log, `pulling ${image.reference}`, 20, () =>
      docker(["image", "pull", "--quiet", image.reference]),
    );
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new Error(
      `could not pull ${image.reference}: ${error.stderr.trim()}\nIf no registry can be reached from here, set the ` +
        'image source "build"; if a mirror can, set the registry prefix or this image\'s reference',
      { cause: error },
    );
  }
  const id = await imageId(image.reference);
  if (id === undefined)
    throw new Error(`the engine does not have ${image.reference}, which it has just pulled`);
  return id;
}

/** Pulls under a name of the project's own; upstream's name stays only if it was there before. */
export async function pullAs(image: PulledImage, tag: string, log: Log): Promise<void> {
  const before = await imageId(image.reference);
  await docker(["image", "tag", await pull(image, log), tag]);
  if (before === undefined) await untag(image.reference);
}
