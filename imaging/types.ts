import type { Log } from "../progress/step";

/** Where images come from: pulled from upstream, or made here from packages. */
export type ImageSource = "registry" | "build";

/** Which image is wanted, and from where. */
export interface ImageRequest {
  /** The recipe's name, one of `imageNames`. */
  image: string;
  source: ImageSource;
  /**
   * Takes the place of the upstream registry's host, for a mirror.
   * @example "mirror.example:5000/"
   */
  registryPrefix?: string;
  /** Takes the place of the whole upstream reference. Only for an image that is pulled. */
  reference?: string;
  /**
   * References for base images, by recipe name; only in the `registry` source.
   * @example { node: "localhost:5000/node:22" }
   */
  bases?: Record<string, string>;
}

export type { Log } from "../progress/step";

/** How the images' functions report. */
export interface ImageOptions {
  log: Log;
}
