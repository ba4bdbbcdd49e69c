import type { Recipe } from "../../imaging/recipe";

/** TekUp: the MCP servers behind the gateway, `tekup/mcp-…`. */
export const tekupServers = {
  /** The browser itself; what drives it stands on top. */
  chromium: {
    base: "node",
    dockerfile: "images/chromium/Dockerfile",
    files: {},
    seconds: 60,
  },
  "mcp-browser": {
    base: "chromium",
    dockerfile: "services/browser/Dockerfile",
    files: {
      "services/browser/src": "src/browser/src",
      "services/browser/package.json": "src/browser/package.json",
      "services/browser/mcp-server": "mcp-server",
      "services/host": "src/host",
    },
    downloads: [
      {
        kind: "npm",
        package: "playwright-core",
        version: "1.65.1",
        integrity:
          "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw==",
        as: "downloads/playwright-core.tgz",
      },
      {
        kind: "npm",
        package: "turndown",
        version: "7.2.5",
        integrity:
          "sha512-EKZvCCFHh8sWttpAMs10U6niZFJ2cpz8LkCPlylxoG4JcHF50J7EHnnBW3AY1qXtUMu7kDjCp7dnggB1sIbqEQ==",
        as: "downloads/turndown.tgz",
      },
    ],
    bundle: {
      programs: {
        "app/server.js": "services/browser/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/browser/package.json",
      external: ["playwright-core"],
    },
    seconds: 10,
  },
  "mcp-filesystem": {
    base: "node",
    dockerfile: "services/filesystem/Dockerfile",
    files: {
      "services/filesystem/src": "src/filesystem/src",
      "services/filesystem/package.json": "src/filesystem/package.json",
      "services/filesystem/mcp-server": "mcp-server",
      "services/host": "src/host",
    },
    bundle: {
      programs: {
        "app/server.js": "services/filesystem/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/filesystem/package.json",
      external: [],
    },
    seconds: 5,
  },
  "mcp-search": {
    base: "node",
    dockerfile: "services/search/Dockerfile",
    files: {
      "services/search/src": "src/search/src",
      "services/search/package.json": "src/search/package.json",
      "services/search/mcp-server": "mcp-server",
      "services/filesystem/src/confined": "src/filesystem/src/confined",
      "services/host": "src/host",
    },
    downloads: [
      {
        kind: "npm",
        package: "@vscode/ripgrep-linux-x64",
        version: "1.18.0",
        integrity:
          "sha512-mQ3bVrUpnD2vs7QT0vX90Lt0cnUq467uFtEktIdsJJmW296RoSULRGqWgzG1AKxyBpNDD6l4ZO4qKf6SgyC23Q==",
        as: "downloads/ripgrep.tgz",
      },
    ],
    bundle: {
      programs: {
        "app/server.js": "services/search/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/search/package.json",
      external: [],
    },
    seconds: 5,
  },
  /** Any server that speaks stdio; images on top of it add one. */
  "mcp-host": {
    base: "python",
    images: { NODE: "node" },
    dockerfile: "services/mcp-host/Dockerfile",
    files: {
      "services/mcp-host/src": "src/mcp-host/src",
      "services/mcp-host/package.json": "src/mcp-host/package.json",
      "services/mcp-host/mcp-server": "mcp-server",
      "services/host": "src/host",
    },
    bundle: {
      programs: {
        "app/server.js": "services/mcp-host/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/mcp-host/package.json",
      external: [],
    },
    seconds: 5,
  },
} satisfies Record<string, Recipe>;
