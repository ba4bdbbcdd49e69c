import { recipes } from "../../../images/recipes";

/** An image of one file on Debian alone, for tests of what becomes of images: it is made and kept in no time. */
export const tiny = "tiny";

recipes[tiny] = {
  base: "debian13",
  dockerfile: "test/images/tiny/Dockerfile",
  files: { "test/images/tiny/word": "word" },
  seconds: 1,
};
