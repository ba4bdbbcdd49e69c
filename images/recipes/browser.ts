import type { Recipe } from "../../imaging/recipe";

/** A browser for tests of web pages. */
export const browser = {
  chromium: {
    base: "debian13",
    dockerfile: "images/chromium/Dockerfile",
    files: {},
    seconds: 60,
  },
} satisfies Record<string, Recipe>;
