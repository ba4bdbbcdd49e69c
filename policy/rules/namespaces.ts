import type { ContainerInputs } from "../resource";
import { breach, containerRule } from "../rule";

/** A namespace that a container has of its own: neither the host's nor another container's. */
function ownNamespace<const What extends string>(
  what: What,
  setting: keyof ContainerInputs,
  section: string,
) {
  return containerRule({
    id: `own-${what}-namespace` as const,
    title: `No container shares the ${what} namespace of the host or of another container`,
    reference: [section],
    level: "mandatory",
    remedy: `leave \`${setting}\` out`,
    check: (inputs) => {
      const mode = inputs[setting];
      return breach(typeof mode === "string" && /^(host$|container:)/.test(mode), setting, mode);
    },
    example: { [setting]: "host" },
  });
}

/** What a container sees of the host and of others. UTS (CIS 5.21) is no argument of the Docker provider. */
export const namespaces = [
  ownNamespace("network", "networkMode", "CIS 5.10"),
  ownNamespace("pid", "pidMode", "CIS 5.16"),
  ownNamespace("ipc", "ipcMode", "CIS 5.17"),
  ownNamespace("user", "usernsMode", "CIS 5.31"),
  ownNamespace("cgroup", "cgroupnsMode", "CIS 5.25"),
  containerRule({
    id: "own-cgroup",
    title: "Every container is in the control group that the engine makes for it",
    reference: ["CIS 5.25"],
    level: "mandatory",
    remedy: "leave `cgroupParent` out",
    check: ({ cgroupParent }) => breach(Boolean(cgroupParent), "cgroupParent", cgroupParent),
    example: { cgroupParent: "/system.slice" },
  }),
];
