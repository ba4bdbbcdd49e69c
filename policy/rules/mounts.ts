import { posix } from "node:path";
import type { ContainerInputs } from "../resource";
import { breach, containerRule, resourceRule } from "../rule";

/** Folders of the host that tell or decide what it runs. Source: CIS Docker Benchmark 1.6.0, section 5.6, and alike. */
const sensitiveFolders = [
  ...["/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"],
  ...["/bin", "/sbin", "/lib32", "/lib64", "/var/lib/docker", "/var/lib/containerd"],
];

/** Where engines' sockets are; whoever may use one is root on the host. */
const engineSockets = ["docker.sock", "containerd.sock", "podman.sock", "buildkitd.sock", "crio.sock"];
const socketFolders = ["/", "/run", "/run/docker", "/run/containerd", "/var", "/var/run", "/var/run/docker"];

interface HostFolder {
  source: string;
  target: string;
  readOnly: boolean;
  propagation?: string | undefined;
}

/** What a container sees of the host's files, in either way that the provider has; a volume named by a path is one. */
function hostFolders({ volumes = [], mounts = [] }: ContainerInputs): HostFolder[] {
  return [
    ...volumes.flatMap(({ hostPath, volumeName, containerPath, readOnly }) => {
      const source = hostPath ?? (volumeName?.startsWith("/") ? volumeName : undefined);
      return source ? [{ source, target: containerPath ?? "", readOnly: readOnly === true }] : [];
    }),
    ...mounts.flatMap(({ type, source, target, readOnly, bindOptions }) =>
      type === "bind"
        ? [
            {
              source: source ?? "",
              target,
              readOnly: readOnly === true,
              propagation: bindOptions?.propagation,
            },
          ]
        : [],
    ),
  ];
}

/** A path as the kernel goes it, with nothing to hide behind: `/srv/../etc/` is `/etc`. */
function normal(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

function isSensitive(path: string): boolean {
  const folder = normal(path);
  return folder === "/" || sensitiveFolders.some((sensitive) => `${folder}/`.startsWith(`${sensitive}/`));
}

function leadsToEngine(path: string): boolean {
  const file = normal(path);
  return socketFolders.includes(file) || engineSockets.some((socket) => file.endsWith(`/${socket}`));
}

/** What a container sees of the host's files and devices, and what of its own it can write. */
export const mounts = [
  containerRule({
    id: "no-sensitive-host-folders",
    title: "No container sees a folder that the host is run from",
    reference: ["CIS 5.6"],
    level: "mandatory",
    remedy:
      "mount the one file that is needed from a folder of its own, or hand its content over as configuration",
    check: (inputs) =>
      hostFolders(inputs).flatMap(({ source }) => breach(isSensitive(source), "volumes", source)),
    example: { volumes: [{ hostPath: "/etc/ssl", containerPath: "/certificates", readOnly: true }] },
  }),
  containerRule({
    id: "no-engine-socket",
    title: "No container reaches the engine",
    reference: ["CIS 5.32", "OWASP 1"],
    level: "mandatory",
    remedy: "leave the mount out: whoever may use the engine's socket is root on the host",
    check: (inputs) =>
      hostFolders(inputs).flatMap(({ source }) => breach(leadsToEngine(source), "volumes", source)),
    example: {
      volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock", readOnly: true }],
    },
  }),
  resourceRule({
    id: "no-host-folders-as-volumes",
    type: "docker:index/volume:Volume",
    title: "No volume is a folder of the host in disguise",
    reference: ["CIS 5.6", "CIS 5.32"],
    level: "mandatory",
    remedy: "leave `driverOpts.device` out and mount the folder as what it is, for the other rules to see",
    check: ({ inputs: { driverOpts } }) => {
      const device = driverOpts?.device;
      return breach(device?.startsWith("/") === true, "driverOpts.device", device);
    },
    example: { inputs: { driverOpts: { type: "none", o: "bind", device: "/etc" } } },
  }),
  containerRule({
    id: "host-folders-read-only",
    title: "Containers only read what they see of the host's files",
    reference: ["CIS 5.6", "OWASP 8"],
    level: "mandatory",
    remedy: "set `readOnly` on the mount, or keep the data in a volume of the stack",
    check: (inputs) =>
      hostFolders(inputs).flatMap(({ target, readOnly }) => breach(!readOnly, "volumes", target)),
    example: { volumes: [{ hostPath: "/srv/shop", containerPath: "/shop" }] },
  }),
  containerRule({
    id: "mounts-not-shared",
    title: "No container's mounts reach back to the host",
    reference: ["CIS 5.20"],
    level: "mandatory",
    remedy: "use the propagation `rslave`, which follows the host and not the other way round",
    check: (inputs) =>
      hostFolders(inputs).flatMap(({ propagation }) =>
        breach(/^r?shared$/.test(propagation ?? ""), "mounts.bindOptions.propagation", propagation),
      ),
    example: {
      mounts: [
        {
          type: "bind",
          source: "/srv",
          target: "/srv",
          readOnly: true,
          bindOptions: { propagation: "rshared" },
        },
      ],
    },
  }),
  containerRule({
    id: "read-only-root",
    title: "Every container's root file system is read-only",
    reference: ["CIS 5.13", "OWASP 8"],
    level: "mandatory",
    remedy: "set `readOnly`, with a volume or a tmpfs where the program has to write",
    check: ({ readOnly }) => breach(readOnly !== true, "readOnly", readOnly),
    example: { readOnly: false },
  }),
  containerRule({
    id: "tmpfs-limited",
    title: "Every tmpfs has a size, and holds neither devices nor programs that change their user",
    reference: ["OWASP 7", "OWASP 8"],
    level: "mandatory",
    remedy: "give the tmpfs the options `nosuid,nodev,size=…m`",
    check: ({ tmpfs = {} }) =>
      Object.entries(tmpfs).flatMap(([path, options]) => {
        const words = options.split(",");
        const limited = words.some((word) => /^size=[1-9]/.test(word));
        return breach(
          !limited || !words.includes("nosuid") || !words.includes("nodev"),
          `tmpfs ${path}`,
          options,
        );
      }),
    example: { tmpfs: { "/tmp": "rw,nosuid,nodev" } },
  }),
  containerRule({
    id: "no-host-devices",
    title: "No container has a device of the host",
    reference: ["CIS 5.18"],
    level: "mandatory",
    remedy: "leave `devices` and `deviceCgroupRules` out; a GPU is asked for by `gpus`",
    check: ({ devices = [], deviceCgroupRules = [] }) => [
      ...devices.map(({ hostPath }) => ({ setting: "devices", value: hostPath })),
      ...deviceCgroupRules.map((value) => ({ setting: "deviceCgroupRules", value })),
    ],
    example: { devices: [{ hostPath: "/dev/sda" }] },
  }),
];
