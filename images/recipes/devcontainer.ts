import type { Recipe } from "../../imaging/recipe";

/** Tier 5: where developers work. */
export const devcontainer = {
  /** The Debian packages apart, so that a change of what is on top takes seconds. */
  "devcontainer-tools": {
    base: "debian13",
    dockerfile: "images/devcontainer/tools.Dockerfile",
    files: {},
    seconds: 75,
  },
  devcontainer: {
    base: "devcontainer-tools",
    images: { NODE: "node", BUILDKIT: "buildkit" },
    dockerfile: "images/devcontainer/Dockerfile",
    files: {
      "images/devcontainer/entrypoint.sh": "entrypoint.sh",
      "services/connect/mcp-connect": "mcp-connect",
      "services/connect/src": "src/connect/src",
      "services/connect/package.json": "src/connect/package.json",
      "services/host/json.ts": "src/host/json.ts",
      "services/host/line-transport.ts": "src/host/line-transport.ts",
    },
    downloads: [
      {
        kind: "npm",
        package: "npm",
        version: "11.21.2",
        integrity:
          "sha512-7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==",
        as: "downloads/npm.tgz",
      },
    ],
    bundle: {
      programs: { "mcp-connect.js": "services/connect/src/main.ts" },
      manifest: "services/connect/package.json",
      external: [],
    },
    seconds: 20,
  },
} satisfies Record<string, Recipe>;
