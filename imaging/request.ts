import type { Settings } from "../config/schema";
import type { ImageRequest, ImageSource } from "./types";

/** How an image is asked for with a stack's settings; own references are for images that are pulled. */
export function imageRequest(image: string, source: ImageSource, settings: Settings): ImageRequest {
  const { registryPrefix, imageReferences } = settings;
  const { [image]: reference, ...bases } = source === "registry" ? imageReferences : {};
  return {
    image,
    source,
    bases,
    ...(registryPrefix ? { registryPrefix } : {}),
    ...(reference ? { reference } : {}),
  };
}
