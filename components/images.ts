import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/schema";
import { imageKey } from "../imaging/key"; // not the whole of imaging/, which only builds need
import { plainName } from "../imaging/packages/package";
import { imageRequest } from "../imaging/request";
import type { ImageSource } from "../imaging/types";
import { Image } from "./resources";

/** Gives the ID of an image by its name, bringing it into the engine once, however many services use it. */
export type StackImages = (image: string) => pulumi.Output<string>;

/** The images of a stack. */
export function stackImages(
  stack: string,
  settings: Settings,
  source: ImageSource,
  options: pulumi.CustomResourceOptions,
): StackImages {
  const made = new Map<string, Image>();
  return (image) => {
    const request = imageRequest(image, source, settings);
    const args = { request, key: imageKey(request), repository: `mcp-${stack}/${plainName(image)}` };
    const held = made.get(image) ?? new Image(image, args, options);
    made.set(image, held);
    return held.imageId;
  };
}
