import { docker } from "../engine/docker";
import { ensureImage, isOwnImage } from "../imaging";
import { imageRequest } from "../imaging/request";
import type { Log } from "../progress";
import { imagesOf } from "../topology/services";
import { UsageError } from "./arguments";
import type { StackDescription } from "./stack-file";

/** What images of this project's own are called, before the tag. Source: the TekUp specification, "Build Stage". */
const namespace = "tekup";

/**
 * Gives the images that are made of this project's sources a name with a version, to be pushed to a registry or kept.
 * @param tag a version as Docker takes it; checked before anything is made.
 * @param registry goes before the names: `registry.example.com/`.
 * @returns the names.
 */
export async function tagImages(
  { topology, settings, imageSource }: StackDescription,
  { tag, registry = "" }: { tag: string; registry?: string },
  log: Log,
): Promise<string[]> {
  const own = imagesOf(topology).filter(isOwnImage).sort();
  return Promise.all(
    own.map(async (image) => {
      const name = `${registry}${namespace}/${image}:${tag}`;
      await docker([
        "image",
        "tag",
        await ensureImage(imageRequest(image, imageSource, settings), { log }),
        name,
      ]);
      return name;
    }),
  );
}

/** @throws UsageError where Docker would not take them. */
export function checkTag({
  tag,
  registry,
}: {
  tag?: string | undefined;
  registry?: string | undefined;
}): void {
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag))
    throw new UsageError(
      `--tag: "${tag}" is not a tag; give letters, digits, dots and dashes, such as 1.2.0.`,
    );
  if (registry !== undefined && !/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?\/$/.test(registry))
    throw new UsageError(
      `--registry: "${registry}" is not the beginning of an image's name; give a host, and a slash at its end: registry.example.com/.`,
    );
  if (registry !== undefined && tag === undefined)
    throw new UsageError("--registry goes before names with a version: give --tag as well.");
}
