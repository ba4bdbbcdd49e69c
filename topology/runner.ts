import type { Settings } from "../config/schema";
import { shellProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";

/** Volume whose image folder anyone may write to, as the runner's user must be able to without root's help. */
const cacheFolder = "/var/tmp";

/**
 * A self-hosted GitHub Actions runner. It is ephemeral: after one job its program ends, the engine starts the container
 * again, and it registers anew, so that no job finds what another left but for the tools in the cache.
 * Source: the runner reads each of its options from `ACTIONS_RUNNER_INPUT_…` as well, and takes these from the
 * environment of its jobs.
 */
export function runner({ url, labels }: NonNullable<Settings["runner"]>): ServiceTemplate {
  return {
    name: "runner",
    image: "runner",
    place: tierPlaces.buildTools,
    offset: 56,
    user: "1001:1001",
    environment: {
      ACTIONS_RUNNER_INPUT_URL: url,
      ACTIONS_RUNNER_INPUT_LABELS: ["mcp-cluster", ...labels].join(","),
      ACTIONS_RUNNER_INPUT_PAT: { secret: "runner-token" },
      ACTIONS_RUNNER_INPUT_UNATTENDED: "true",
      ACTIONS_RUNNER_INPUT_EPHEMERAL: "true",
      ACTIONS_RUNNER_INPUT_REPLACE: "true",
      ACTIONS_RUNNER_INPUT_DISABLEUPDATE: "true",
      ACTIONS_RUNNER_INPUT_WORK: `${cacheFolder}/work`,
      RUNNER_TOOL_CACHE: `${cacheFolder}/tools`,
    },
    // A registration that a killed container left is not used again.
    command: ["bash", "-c", "rm -f .runner .credentials* && ./config.sh && exec ./run.sh"],
    secrets: [{ name: "runner-token", setting: "runnerToken", provided: true }],
    volumes: [{ volume: "runner-cache", path: cacheFolder, cache: true }],
    tmpfs: [{ path: "/tmp", sizeMiB: 256 }],
    // It keeps its registration beside its program.
    writableRoot: true,
    init: true,
    port: 8080,
    memoryMiB: 2048,
    cpuShares: 256, // as for the builder
    pids: 1024,
    probe: { ...shellProbe("grep -aqs Runner.Listener /proc/[0-9]*/cmdline"), startPeriod: 60 },
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    dependsOn: [],
    databaseUsers: [],
  };
}
