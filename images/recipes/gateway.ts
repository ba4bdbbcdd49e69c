import type { Recipe } from "../../imaging/recipe";

/** TekUp: the gateway in front of its MCP servers, `tekup/mcp-gateway`. */
export const gateway = {
  "mcp-gateway": {
    base: "node",
    dockerfile: "services/gateway/Dockerfile",
    files: {
      "services/gateway/src": "src/gateway/src",
      "services/gateway/package.json": "src/gateway/package.json",
      "services/gateway/mcp-gateway": "mcp-gateway",
      "services/host/ask-health.sh": "ask-health",
      "services/host/allowed-hosts.ts": "src/host/allowed-hosts.ts",
      "services/host/ask-health.ts": "src/host/ask-health.ts",
      "services/host/bandwidth.ts": "src/host/bandwidth.ts",
      "services/host/calls.ts": "src/host/calls.ts",
      "services/host/closed.ts": "src/host/closed.ts",
      "services/host/environment.ts": "src/host/environment.ts",
      "services/host/health.ts": "src/host/health.ts",
      "services/host/json.ts": "src/host/json.ts",
      "services/host/least-used.ts": "src/host/least-used.ts",
      "services/host/log.ts": "src/host/log.ts",
      "services/host/mcp-spans.ts": "src/host/mcp-spans.ts",
      "services/host/methods.ts": "src/host/methods.ts",
      "services/host/signal.ts": "src/host/signal.ts",
      "services/host/tracing-exporter.ts": "src/host/tracing-exporter.ts",
      "services/host/tracing-sdk.ts": "src/host/tracing-sdk.ts",
      "services/host/tracing.ts": "src/host/tracing.ts",
      "services/host/watch-files.ts": "src/host/watch-files.ts",
      "services/host/zod-schema.ts": "src/host/zod-schema.ts",
    },
    bundle: {
      programs: {
        "app/launch.js": "services/gateway/src/launch.ts",
        "app/server.js": "services/gateway/src/main.ts",
      },
      manifest: "services/gateway/package.json",
      external: [],
    },
    seconds: 5,
  },
} satisfies Record<string, Recipe>;
