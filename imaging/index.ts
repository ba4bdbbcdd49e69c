/** Turns recipes into images of the engine: the one door of this folder. */
export { ensureImage, prepareImages } from "./ensure";
export { imageKey } from "./key";
export { lockPackage } from "./packages/lock";
export { imageNames, isOwnImage } from "./recipe";
export type { ImageRequest, ImageSource } from "./types";
