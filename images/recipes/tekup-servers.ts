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
} satisfies Record<string, Recipe>;
