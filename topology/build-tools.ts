import {
  buildkitClients,
  buildkitConfiguration,
  buildkitEntrypoint,
  buildkitMetricsPort,
  buildkitSocket,
} from "./buildkit-daemon";
import { programProbe, shellProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";

/** The volume that BuildKit's socket is in, for whoever builds. */
export const buildkitSocketVolume = "buildkit-run";

/** A BuildKit daemon. What of its rights it keeps is in buildkit-daemon.ts. */
export const buildkit: ServiceTemplate = {
  name: "buildkit",
  image: "buildkit",
  place: tierPlaces.buildTools,
  offset: 55,
  user: "0:0",
  groups: [buildkitClients],
  environment: { BUILDKIT_HOST: `unix://${buildkitSocket}` },
  entrypoint: buildkitEntrypoint,
  configs: () => [buildkitConfiguration],
  secrets: [],
  volumes: [
    { volume: "buildkit-cache", path: "/var/lib/buildkit", cache: true },
    { volume: buildkitSocketVolume, path: "/run/buildkit", cache: true },
  ],
  tmpfs: [
    { path: "/tmp", sizeMiB: 256 },
    { path: "/run", sizeMiB: 16 },
  ],
  // For a mount of its own, and to hand its folders and a range of users to the namespace that the daemon is in.
  capabilities: ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN"],
  // Both forbid the mounts that build steps are made of; the steps themselves are under BuildKit's own filter.
  unconfined: ["seccomp", "apparmor"],
  port: buildkitMetricsPort,
  memoryMiB: 4096,
  // Builds take all that they get; nobody else is to wait for them.
  cpuShares: 256,
  pids: 2048,
  probe: programProbe("buildctl", "debug", "workers"),
  // To the daemon it is an error that it was told to stop.
  stop: { signal: "SIGTERM", graceSeconds: 30, exitCode: 1 },
  dependsOn: [],
  databaseUsers: [],
  metrics: { port: buildkitMetricsPort, path: "/metrics" },
};

/**
 * kubectl and helm, to be run with `docker exec`.
 * @param kubeconfig the file on the host with which they reach a cluster, if there is one.
 */
export function k8sPlugin(kubeconfig?: string): ServiceTemplate {
  const mounted = "/kube/config";
  return {
    name: "k8s-plugin",
    image: "k8s-plugin",
    place: tierPlaces.buildTools,
    offset: 50,
    user: "10001:10001",
    // What the tools cache and keep is in their home.
    environment: { HOME: "/tmp", KUBECONFIG: mounted },
    command: ["sleep", "infinity"],
    init: true,
    secrets: [],
    volumes: [],
    ...(kubeconfig === undefined ? {} : { binds: [{ source: kubeconfig, path: mounted, readOnly: true }] }),
    tmpfs: [{ path: "/tmp", sizeMiB: 256 }],
    usesGpus: true,
    // That of `kubectl proxy`.
    port: 8001,
    memoryMiB: 512,
    pids: 256,
    // They serve nobody by themselves; that they run is for the image's test to say.
    probe: shellProbe("command -v kubectl && command -v helm"),
    stop: { signal: "SIGTERM", graceSeconds: 10 },
    dependsOn: [],
    databaseUsers: [],
  };
}
