/** Images that could not be brought; the message says of each why. */
export class ImagesError extends Error {
  override name = "ImagesError";
}
