import type { BuildOptions } from "esbuild";

/** How a server's TypeScript becomes one file of JavaScript, in its image and while somebody works on it. */
export const bundling = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: true,
  logLevel: "silent",
} as const satisfies BuildOptions;
