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
      "services/host/ask-health.sh": "ask-health",
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
        "app/reload.js": "services/host/reload.ts",
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
      "services/host/ask-health.sh": "ask-health",
      "services/host": "src/host",
    },
    bundle: {
      programs: {
        "app/server.js": "services/filesystem/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
        "app/reload.js": "services/host/reload.ts",
      },
      manifest: "services/filesystem/package.json",
      external: [],
    },
    seconds: 5,
  },
  /** What search by meaning stands on: the model, and what can't be bundled. */
  "search-model": {
    base: "python",
    dockerfile: "services/search/model/Dockerfile",
    files: {
      "services/search/model/convert.py": "convert.py",
      "services/search/model/requirements.lock": "requirements.lock",
    },
    downloads: [
      { kind: "wheels", requirements: "images/python/pip.lock", as: "downloads/pip" },
      { kind: "wheels", requirements: "services/search/model/requirements.lock", as: "downloads/wheels" },
      {
        kind: "npm",
        package: "@libsql/linux-x64-gnu",
        version: "0.5.29",
        integrity:
          "sha512-y14V0vY0nmMC6G0pHeJcEarcnGU2H6cm21ZceRkacWHvQAEhAG0latQkCtoS2njFOXiYIg+JYPfAoWKbi82rkg==",
        as: "downloads/libsql.tgz",
      },
      {
        kind: "npm",
        package: "onnxruntime-common",
        version: "1.27.0",
        integrity:
          "sha512-3KxL5wIVqa8Ex08jxSzncm9CMgw8CjOFyOQ7SxvG9o0cVLlhTNKXyIQuTbtX4tGPJEf73OER2xrjt4HJSBL4ow==",
        as: "downloads/onnxruntime-common.tgz",
      },
      {
        kind: "npm",
        package: "onnxruntime-node",
        version: "1.27.0",
        integrity:
          "sha512-QEzGwrvNBgv4uPVdnbHsOGG4G6T96mdlcFI8aAKPjMU8wOPpVocPXb6k3QGkaZagVTv2G9Bnnbo6Z3JdXr1fQw==",
        as: "downloads/onnxruntime-node.tgz",
      },
      {
        kind: "npm",
        package: "sqlite-vec-linux-x64",
        version: "0.1.9",
        integrity:
          "sha512-w3tCH8xK2finW8fQJ/m8uqKodXUZ9KAuAar2UIhz4BHILfpE0WM/MTGCRfa7RjYbrYim5Luk3guvMOGI7T7JQA==",
        as: "downloads/sqlite-vec.tgz",
      },
    ],
    seconds: 60,
  },
  "mcp-search": {
    base: "node",
    images: { MODEL: "search-model" },
    dockerfile: "services/search/Dockerfile",
    files: {
      "services/search/src": "src/search/src",
      "services/search/package.json": "src/search/package.json",
      "services/search/mcp-server": "mcp-server",
      "services/host/ask-health.sh": "ask-health",
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
        "app/reload.js": "services/host/reload.ts",
      },
      manifest: "services/search/package.json",
      external: ["@libsql/*", "onnxruntime-node"],
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
      "services/host/ask-health.sh": "ask-health",
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
