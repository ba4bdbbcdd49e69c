import { programProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";

const port = 8000;

/** The engine's socket, on the host and in the container. */
const engineSocket = "/var/run/docker.sock";

const name = "watchdog";

/**
 * Restarts the containers of this environment that stay unhealthy, which the engine never does, and exports the state of
 * all of them. It is the one service that may use the engine's socket; whoever may is as good as root on the host, so it
 * takes no requests but for its metrics.
 */
export const watchdog: ServiceTemplate = {
  name,
  image: "watchdog",
  place: tierPlaces.monitoring,
  offset: 74,
  user: "10001:10001",
  groups: ["engine-socket"],
  environment: {
    WATCHDOG_ENVIRONMENT: { owner: "environment" },
    WATCHDOG_SERVICE: name,
    WATCHDOG_PORT: String(port),
    WATCHDOG_SOCKET: engineSocket,
  },
  // Read-only says that the socket can't be replaced; requests go through it all the same.
  binds: [{ source: engineSocket, path: engineSocket, readOnly: true }],
  volumes: [],
  tmpfs: [],
  // Its process ends itself when it hangs, and process 1 can't be killed from within.
  init: true,
  port,
  memoryMiB: 128,
  pids: 64,
  probe: programProbe("watchdog", "health"),
  // A restart under way comes to its end first, which takes as long as the restarted container needs to stop.
  stop: { signal: "SIGTERM", graceSeconds: 90 },
  secrets: [],
  dependsOn: [],
  databaseUsers: [],
  metrics: { port, path: "/metrics" },
};
