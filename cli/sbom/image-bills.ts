import { ensureImage } from "../../imaging";
import { distinct, partsOf } from "../../imaging/parts";
import { originOf } from "../../imaging/reference";
import { imageRequest } from "../../imaging/request";
import { imagesOf } from "../../topology/services";
import type { PreparedStack } from "../setup/images";
import { contentsOf } from "./contents";

/** The bill of materials of an image. */
export interface ImageBill {
  /** The image's name in the topology. */
  image: string;
  /** CycloneDX, as JSON. */
  bill: string;
  /** How many packages are in it, and how many of those are Debian's. */
  packages: number;
  debian: number;
}

/** The bills of materials of all of a stack's images, one after the other, by name. */
export async function* imageBills({ description, log }: PreparedStack): AsyncGenerator<ImageBill> {
  const { billOfMaterials } = await import("./bill"); // the library takes its time to load
  const { settings, topology, imageSource } = description;
  for (const image of imagesOf(topology).sort()) {
    const request = imageRequest(image, imageSource, settings);
    const imageId = await ensureImage(request, { log });
    const seen = await contentsOf(imageId);
    // What is pulled was made elsewhere: only what is seen in it is told.
    const locked = originOf(request).kind === "pull" ? [] : partsOf(image);
    const parts = distinct([...seen.parts, ...locked]); // locks know checksums
    const bill = billOfMaterials({ ...seen, image, imageId, parts });
    yield { image, bill, packages: parts.length + seen.debian.length, debian: seen.debian.length };
  }
}

/** The package URLs of all that a bill lists. */
export function purlsOf(bill: string): string[] {
  const { components = [] } = JSON.parse(bill) as { components?: { purl?: string }[] };
  return components.flatMap(({ purl }) => purl ?? []);
}
