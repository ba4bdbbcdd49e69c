import type { Recipe } from "../../imaging/recipe";

/** Tier 2: the project's own MCP servers. */
export const mcpServers = {
  "sql-mcp": {
    base: "node",
    dockerfile: "services/sql-mcp/Dockerfile",
    files: {
      "services/sql-mcp/src": "src/sql-mcp/src",
      "services/sql-mcp/package.json": "src/sql-mcp/package.json",
      "services/sql-mcp/mcp-server": "mcp-server",
      "services/host/ask-health.sh": "ask-health",
      "services/host": "src/host",
    },
    bundle: {
      programs: {
        "app/server.js": "services/sql-mcp/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/sql-mcp/package.json",
      external: ["pg-native"],
    },
    seconds: 5,
  },
  /** The Python server's packages apart, so that a change of the server's own code takes seconds. */
  "python-experimental-packages": {
    base: "python",
    dockerfile: "services/python-experimental/packages.Dockerfile",
    files: {
      "services/python-experimental/requirements.lock": "requirements.lock",
    },
    downloads: [
      { kind: "wheels", requirements: "images/python/pip.lock", as: "downloads/pip" },
      {
        kind: "wheels",
        requirements: "services/python-experimental/requirements.lock",
        as: "downloads/wheels",
      },
    ],
    seconds: 20,
  },
  "python-experimental": {
    base: "python-experimental-packages",
    dockerfile: "services/python-experimental/Dockerfile",
    files: {
      "services/python-experimental/src": "src",
      "services/python-experimental/mcp-server": "mcp-server",
      "services/host/ask-health.sh": "ask-health",
    },
    seconds: 4,
  },
} satisfies Record<string, Recipe>;
