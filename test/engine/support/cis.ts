import { askEngine } from "../../../engine/api";
import { docker } from "../../../engine/docker";

/** What of the engine's answer about a container section 5 of the benchmark asks about. */
interface Inspected {
  Name: string;
  Image: string;
  AppArmorProfile: string;
  Config: { Labels: Record<string, string>; User: string; Healthcheck?: { Test?: string[] } };
  State: { Health?: { Status: string } };
  Mounts: { Type: string; Source?: string; RW: boolean; Propagation?: string }[];
  NetworkSettings: { Networks: Record<string, unknown>; Ports: Record<string, Binding[] | null> };
  HostConfig: {
    Privileged: boolean;
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    NetworkMode: string;
    PidMode: string;
    IpcMode: string;
    UTSMode: string;
    UsernsMode: string;
    Memory: number;
    MemorySwap: number;
    CpuShares: number;
    NanoCpus: number;
    ReadonlyRootfs: boolean;
    RestartPolicy: { Name: string; MaximumRetryCount: number };
    Devices: { PathOnHost: string }[] | null;
    Ulimits: { Name: string; Soft: number; Hard: number }[] | null;
    CgroupParent: string;
    PidsLimit: number | null;
  };
}

interface Binding {
  HostIp: string;
  HostPort: string;
}

/** A container, what runs in it, and what its host offers. */
export interface Asked extends Inspected {
  service: string;
  /** The commands of its processes. */
  processes: string[];
  /** The host's kernel modules for security that the engine knows. */
  security: string[];
}

/** A section of the benchmark: what it is about, and the values by which a container does not hold it. */
interface Section {
  title: string;
  check: (container: Asked) => string[];
}

const when = (wrong: boolean, what: string | number) => (wrong ? [String(what)] : []);
const bindings = ({ NetworkSettings }: Asked) =>
  Object.values(NetworkSettings.Ports).flatMap((ports) => ports ?? []);
const options = ({ HostConfig }: Asked, pattern: RegExp) =>
  (HostConfig.SecurityOpt ?? []).filter((option) => pattern.test(option));
const sensitiveFolders = ["/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"];
const isSensitive = (path: string) =>
  path === "/" || sensitiveFolders.some((folder) => `${path}/`.startsWith(`${folder}/`));

/**
 * The sections of the CIS Docker Benchmark 1.6.0 about running containers, asked of the engine. Stricter than the
 * benchmark's own tool where that looks at a part only: any capability that is added counts, and a sensitive folder that
 * is mounted read-only. Left out: Swarm (5.1), and what somebody does with `docker exec` (5.23, 5.24).
 */
export const sections: Record<string, Section> = {
  "4.1": {
    title: "a user that is not root",
    check: ({ Config }) => when(/^(0*|root)(:|$)/.test(Config.User), Config.User),
  },
  "5.2": {
    title: "AppArmor",
    check: (asked) =>
      asked.security.includes("apparmor")
        ? when(["", "unconfined"].includes(asked.AppArmorProfile), "apparmor=unconfined")
        : options(asked, /^apparmor[:=]unconfined$/),
  },
  "5.3": { title: "SELinux", check: (asked) => options(asked, /^label[:=]disable$/) },
  "5.4": {
    title: "capabilities",
    check: ({ HostConfig: { CapAdd, CapDrop } }) => [
      ...(CapAdd ?? []).map((capability) => `CAP_${capability.replace(/^CAP_/, "")}`),
      ...when(!CapDrop?.includes("ALL"), "not all dropped"),
    ],
  },
  "5.5": { title: "privileges", check: ({ HostConfig }) => when(HostConfig.Privileged, "privileged") },
  "5.6": {
    title: "sensitive folders of the host",
    check: ({ Mounts }) =>
      Mounts.flatMap(({ Type, Source = "" }) => when(Type === "bind" && isSensitive(Source), Source)),
  },
  "5.7": {
    title: "SSH servers",
    check: ({ processes }) => processes.filter((command) => /\b(sshd|dropbear)\b/.test(command)),
  },
  "5.8": {
    title: "privileged ports",
    check: (asked) => bindings(asked).flatMap(({ HostPort }) => when(Number(HostPort) < 1024, HostPort)),
  },
  "5.9": {
    title: "open ports",
    check: (asked) => bindings(asked).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`),
  },
  "5.10": {
    title: "the host's network",
    check: ({ HostConfig }) => when(HostConfig.NetworkMode === "host", "host"),
  },
  "5.11": {
    title: "memory, and no swap on top",
    check: ({ HostConfig: { Memory, MemorySwap } }) =>
      when(Memory === 0 || MemorySwap !== Memory, `${Memory} of ${MemorySwap}`),
  },
  "5.12": {
    title: "a share of the processors",
    check: ({ HostConfig: { CpuShares, NanoCpus } }) => when(CpuShares === 0 && NanoCpus === 0, "none"),
  },
  "5.13": {
    title: "a read-only root",
    check: ({ HostConfig }) => when(!HostConfig.ReadonlyRootfs, "false"),
  },
  "5.14": {
    title: "ports on one address",
    check: (asked) =>
      bindings(asked).flatMap(({ HostIp }) => when(["", "0.0.0.0", "::"].includes(HostIp), HostIp)),
  },
  "5.15": {
    title: "restarts",
    check: ({ HostConfig: { RestartPolicy } }) =>
      when(
        RestartPolicy.Name !== "on-failure" || RestartPolicy.MaximumRetryCount > 5,
        RestartPolicy.Name || "no",
      ),
  },
  "5.16": {
    title: "the host's processes",
    check: ({ HostConfig }) => when(HostConfig.PidMode !== "", HostConfig.PidMode),
  },
  "5.17": { title: "the host's IPC", check: ({ HostConfig }) => when(HostConfig.IpcMode === "host", "host") },
  "5.18": {
    title: "the host's devices",
    check: ({ HostConfig }) => (HostConfig.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
  },
  "5.19": {
    title: "limits of processes",
    check: ({ HostConfig }) =>
      (HostConfig.Ulimits ?? []).flatMap(({ Name, Hard }) => when(Hard === -1, Name)),
  },
  "5.20": {
    title: "shared mounts",
    check: ({ Mounts }) =>
      Mounts.flatMap(({ Propagation = "" }) => when(/shared/.test(Propagation), Propagation)),
  },
  "5.21": { title: "the host's UTS", check: ({ HostConfig }) => when(HostConfig.UTSMode === "host", "host") },
  "5.22": { title: "seccomp", check: (asked) => options(asked, /^seccomp[:=]unconfined$/) },
  "5.25": {
    title: "its own control group",
    check: ({ HostConfig }) => when(HostConfig.CgroupParent !== "", HostConfig.CgroupParent),
  },
  "5.26": {
    title: "no new privileges",
    check: (asked) => when(options(asked, /^no-new-privileges/).length === 0, "allowed"),
  },
  "5.27": {
    title: "a health check",
    check: ({ Config, State }) => when(!State.Health || Config.Healthcheck?.Test?.[0] === "NONE", "none"),
  },
  "5.29": {
    title: "a limit of processes",
    check: ({ HostConfig }) => when(!(Number(HostConfig.PidsLimit) > 0), HostConfig.PidsLimit ?? "none"),
  },
  "5.30": {
    title: "another network than the default bridge",
    check: ({ NetworkSettings }) =>
      Object.keys(NetworkSettings.Networks).filter((network) => network === "bridge"),
  },
  "5.31": {
    title: "the host's users",
    check: ({ HostConfig }) => when(HostConfig.UsernsMode === "host", "host"),
  },
  "5.32": {
    title: "the engine's socket",
    check: ({ Mounts }) => Mounts.flatMap(({ Source = "" }) => when(/docker\.sock$/.test(Source), Source)),
  },
};

/** The containers of a stack as they run. */
export async function askContainers(stack: string): Promise<Asked[]> {
  const ids = (await docker(["ps", "--quiet", "--filter", `label=dev.mcp.stack=${stack}`]))
    .trim()
    .split("\n");
  const inspected = JSON.parse(await docker(["container", "inspect", ...ids])) as Inspected[];
  const { SecurityOptions } = await askEngine<{ SecurityOptions: string[] }>("/info");
  const security = SecurityOptions.map((option) => /name=([a-z]+)/.exec(option)?.[1] ?? "");
  return Promise.all(
    inspected.map(async (container) => {
      const table = await docker(["top", container.Name.slice(1), "-eo", "pid,args"]);
      const processes = table.trim().split("\n").slice(1);
      return { ...container, service: container.Config.Labels["dev.mcp.service"] ?? "", processes, security };
    }),
  );
}
