import { imageRequest } from "../../imaging/request";
import { docker } from "../../engine/docker";
import type { ImageReference } from "../../export/compose/parts";
import { ensureImage, imageKey, type ImageSource } from "../../imaging";
import { isPinned, originOf } from "../../imaging/reference";
import type { StackDescription } from "../stack-file";

/**
 * What a project is to call the stack's images: upstream's are named by their digest, and those made here get a name that
 * holds them in the engine until the user removes it.
 */
export async function exportImages(
  { topology, settings }: StackDescription,
  source: ImageSource,
  log: (line: string) => void,
): Promise<Map<string, ImageReference>> {
  const names = new Set(topology.tiers.flatMap(({ services }) => services.map(({ image }) => image)));
  const references = [...names].map(async (image): Promise<[string, ImageReference]> => {
    const request = imageRequest(image, source, settings);
    const origin = originOf(request);
    if (origin.kind === "pull" && isPinned(origin.image))
      return [image, { reference: origin.image.reference, local: false }];
    const reference = `mcp-export/${image}:${imageKey(request)}`;
    await docker(["image", "tag", await ensureImage(request, { log }), reference]);
    return [image, { reference, local: true }];
  });
  return new Map(await Promise.all(references));
}
