import type { Recipe } from "../../imaging/recipe";

/** Tier 4: the project's own watchdog of the containers. */
export const watchdog = {
  watchdog: {
    base: "node",
    dockerfile: "services/watchdog/Dockerfile",
    files: {
      "services/watchdog/src": "src/watchdog/src",
      "services/watchdog/package.json": "src/watchdog/package.json",
      "services/watchdog/watchdog": "watchdog",
      "services/host/ask-health.sh": "ask-health",
      "services/host/ask-health.ts": "src/host/ask-health.ts",
      "services/host/environment.ts": "src/host/environment.ts",
      "services/host/health.ts": "src/host/health.ts",
      "services/host/log.ts": "src/host/log.ts",
    },
    bundle: {
      programs: {
        "app/launch.js": "services/watchdog/src/launch.ts",
        "app/server.js": "services/watchdog/src/main.ts",
        "app/deadman.js": "services/watchdog/src/deadman-thread.ts",
      },
      manifest: "services/watchdog/package.json",
      // Machine code that only a connection over SSH would use, and the colours of a terminal.
      external: ["*.node", "cpu-features", "supports-color"],
    },
    seconds: 5,
  },
} satisfies Record<string, Recipe>;
