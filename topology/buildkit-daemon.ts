import type { ConfigFolder } from "./types";

/** Where BuildKit's daemon listens, in a volume that its clients share. */
export const buildkitSocket = "/run/buildkit/buildkitd.sock";

/** The group that may use the socket: that of the devcontainer's user. */
export const buildkitClients = 1000;

/** Port of the daemon's metrics. */
export const buildkitMetricsPort = 6060;

const folder = "/etc/buildkit";
const state = "/var/lib/buildkit";
const stepResolver = `${state}/runc-overlayfs/executor/resolv.conf`;

/**
 * The first of the users that stand for the daemon's own on the host: numbers that nobody else there has.
 * Source: the range that distributions give to user namespaces first, /etc/subuid.
 */
const hostId = 100_000;
const idCount = 65_536;

const configuration = `root = "${state}"

[grpc]
  address = ["unix://${buildkitSocket}"]
  debugAddress = "0.0.0.0:${buildkitMetricsPort}"
  gid = ${buildkitClients}

[otel]
  socketPath = "/run/otel-grpc.sock"

[cdi]
  disabled = true

[worker.oci]
  binary = "${state}/runc"
  # A build step is in the network that the daemon itself is in: the cluster's.
  networkMode = "host"
  gc = true
  reservedSpace = "1GB"
  maxUsedSpace = "5GB"
  minFreeSpace = "10%"

[worker.containerd]
  enabled = false
`;

/**
 * Process 1 needs its capabilities for a moment, to make a user namespace; in that, BuildKit is root over its build steps,
 * and to the host it is user 100000 without a capability. Without a whole /proc to be seen, the kernel would let no
 * step have one of its own. Plain sh, with what util-linux and busybox have in common.
 */
const start = `set -eu
chown ${hostId}:${hostId} /run /run/buildkit ${state}
mount -t proc proc /proc
unshare -U -m sleep 60 &
holder=$!
while [ "$(readlink /proc/$holder/ns/user)" = "$(readlink /proc/$$/ns/user)" ]; do sleep 0.01; done
echo "0 ${hostId} ${idCount}" >/proc/$holder/uid_map
# The clients' group is itself on both sides, as the socket belongs to it.
printf '%s\\n' "0 ${hostId} ${buildkitClients}" "${buildkitClients} ${buildkitClients} 1" \\
  "${buildkitClients + 1} ${hostId + buildkitClients + 1} ${idCount - buildkitClients - 1}" >/proc/$holder/gid_map
exec 3</proc/$holder/ns/user 4</proc/$holder/ns/mnt
{ kill $holder; wait $holder || true; } 2>/dev/null
exec nsenter -U/proc/self/fd/3 -m/proc/self/fd/4 sh ${folder}/daemon.sh
`;

/** Within the namespace: the daemon, and the runc that it runs its steps with. */
const daemon = `set -eu
exec 3<&- 4<&-
cp ${folder}/runc.sh ${state}/runc
chmod 755 ${state}/runc
exec buildkitd --config ${folder}/buildkitd.toml
`;

/**
 * BuildKit takes name servers on the loopback from its steps, as if they were in a network of their own. They are in its
 * own, where the engine's name server is on the loopback.
 */
const runc = `#!/bin/sh
if [ -e ${stepResolver} ] && ! cmp -s /etc/resolv.conf ${stepResolver}; then
  cp /etc/resolv.conf ${stepResolver}.$$ && mv ${stepResolver}.$$ ${stepResolver}
fi
exec "$(command -v buildkit-runc || command -v runc)" "$@"
`;

/** What the daemon is started with; see `start.sh` for the rights it starts with and those it keeps. */
export const buildkitConfiguration: ConfigFolder = {
  path: folder,
  files: { "buildkitd.toml": configuration, "start.sh": start, "daemon.sh": daemon, "runc.sh": runc },
};

/** In a mount namespace of its own, as it mounts: its entry point. */
export const buildkitEntrypoint = ["unshare", "-m", "sh", `${folder}/start.sh`];
