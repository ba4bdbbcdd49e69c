/** Turns recipes into images of the engine: the one door of this folder. */
export { ensureImage, prepareImages } from "./ensure";
export { imageKey } from "./key";
export { imageNames } from "./recipe";
export type { ImageRequest, ImageSource } from "./types";
