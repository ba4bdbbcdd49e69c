import type { Recipe } from "../../imaging/recipe";

/** TekUp: the MCP servers behind the gateway, `tekup/mcp-…`. */
export const tekupServers = {
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
