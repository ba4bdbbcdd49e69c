import { imageRequest } from "../../imaging/request";
import { docker } from "../../engine/docker";
import type { ImageReference } from "../../export/compose/parts";
import { ensureImage, imageKey } from "../../imaging";
import { plainName } from "../../imaging/packages/package";
import { isPinned, originOf } from "../../imaging/reference";
import type { Log } from "../../progress";
import { imagesOf } from "../../topology/services";
import type { StackDescription } from "../stack-file";

/**
 * What a project is to call the stack's images: upstream's are named by their digest, and those made here get a name that
 * holds them in the engine until the user removes it.
 */
export async function exportImages(
  { topology, settings, imageSource }: StackDescription,
  log: Log,
): Promise<Map<string, ImageReference>> {
  const references = imagesOf(topology).map(async (image): Promise<[string, ImageReference]> => {
    const request = imageRequest(image, imageSource, settings);
    const origin = originOf(request);
    if (origin.kind === "pull" && isPinned(origin.image))
      return [image, { reference: origin.image.reference, local: false }];
    const reference = `mcp-export/${plainName(image)}:${imageKey(request)}`;
    await docker(["image", "tag", await ensureImage(request, { log }), reference]);
    return [image, { reference, local: true }];
  });
  return new Map(await Promise.all(references));
}
