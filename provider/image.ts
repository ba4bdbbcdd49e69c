import { docker, DockerError } from "../engine/docker";
import { inspect } from "../engine/inspect";
import type { ImageRequest } from "../imaging";
import { changedKeys, type Properties, type ResourceType } from "./resource";

export interface ImageInputs extends Properties {
  request: ImageRequest;
  /** What the image is, by content; a new one is a new image. */
  key: string;
  /** Name under which this stack holds the image, without the tag. */
  repository: string;
}

/**
 * An image in the engine, held by this stack under a name of its own: layers go when the last stack that holds them
 * lets go, and no stack can take an image from under another.
 */
export const image: ResourceType<ImageInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news);
    return { changes: changed.length > 0, replaces: changed };
  },
  async create(inputs, { log }) {
    const { ensureImage } = await import("../imaging"); // only here, as most runs bring no image
    const imageId = await ensureImage(inputs.request, { log });
    const name = `${inputs.repository}:${inputs.key}`;
    await docker(["tag", imageId, name]);
    return { id: name, outputs: { imageId } };
  },
  update: () => Promise.reject(new Error("An image is replaced, never updated.")),
  async read({ repository, key, imageId }) {
    const found = await inspect<{ Id: string }>("image", `${repository}:${key}`);
    return found?.Id === imageId ? { imageId } : undefined;
  },
  async delete({ repository, key }, { log }) {
    try {
      // Forced, as it may be the last name of an image that a container of somebody else runs: the name goes now, and
      // the layers with that container.
      await docker(["image", "rm", "--force", `${repository}:${key}`]);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      if (!/no such image/i.test(error.stderr))
        log(`${repository}:${key} stays in the engine: ${error.stderr.trim()}`);
    }
  },
};
