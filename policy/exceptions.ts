import type { RuleId } from "./rules";

/** A breach that is meant: which values of which service a rule lets pass, and why. */
export interface Exception {
  service: string;
  rule: RuleId;
  /** The values that may break the rule, as the rule's message prints them. One that no longer does is an error. */
  values: readonly string[];
  reason: string;
}

/** The exceptions that the project's own services need. Those of one stack stand in its settings. */
export const projectExceptions: readonly Exception[] = [
  {
    service: "buildkit",
    rule: "user-not-root",
    values: ["0:0"],
    reason: "Its process 1 makes a user namespace, in which the daemon is user 100000 to the host.",
  },
  {
    service: "buildkit",
    rule: "no-capabilities-added",
    values: ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN"],
    reason: "Process 1 needs them to enter that namespace; the daemon and its steps have none on the host.",
  },
  {
    service: "buildkit",
    rule: "seccomp-on",
    values: ["seccomp=unconfined"],
    reason:
      "The engine's filter forbids the mounts of build steps; the steps are under BuildKit's own filter.",
  },
  {
    service: "buildkit",
    rule: "apparmor-on",
    values: ["apparmor=unconfined"],
    reason: "The engine's profile forbids the mounts that build steps are made of.",
  },
  {
    service: "watchdog",
    rule: "no-engine-socket",
    values: ["/var/run/docker.sock"],
    reason:
      "It restarts what stays unhealthy, which no engine does by itself; it takes no requests but for metrics.",
  },
  {
    service: "log-shipper",
    rule: "user-not-root",
    values: ["0:0"],
    reason: "The engine's log files are root's; without a capability it reads those, and changes nothing.",
  },
  {
    service: "log-shipper",
    rule: "no-sensitive-host-folders",
    values: ["/var/lib/docker/containers"],
    reason:
      "The folder of the containers' log files, read-only; the engine offers them nowhere else but its socket.",
  },
  {
    service: "cadvisor",
    rule: "no-sensitive-host-folders",
    values: ["/sys"],
    reason: "The kernel's accounts of control groups, read-only and as nobody.",
  },
  {
    service: "node-exporter",
    rule: "no-sensitive-host-folders",
    values: ["/"],
    reason: "File systems are told of by where they are mounted; read-only and as nobody.",
  },
  {
    service: "node-exporter",
    rule: "no-engine-socket",
    values: ["/"],
    reason: "The socket is in the tree that it sees; it runs as nobody, outside of the socket's group.",
  },
  {
    service: "devcontainer",
    rule: "host-folders-read-only",
    values: ["/workspaces/mcp-environments"],
    reason: "The project's folder, which developers work in.",
  },
  {
    service: "runner",
    rule: "read-only-root",
    values: ["false"],
    reason: "The runner keeps its registration beside its program.",
  },
];
