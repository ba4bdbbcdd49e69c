import type { FleetContainer } from "../cli/operate/containers";
import type { FoundFile } from "../engine/files";
import type { Deviation } from "../provider/sql/rights";
import type { EngineEvent } from "./events";

/** What the engine has of a stack, as one look finds it. Nothing here is judged. */
export interface Observed {
  /** The engine's own clock, in milliseconds since 1970. */
  now: number;
  containers: ObservedContainer[];
  /** Networks by that name: an engine may have two. */
  networks: ObservedNetwork[];
  /** By name. */
  volumes: ReadonlyMap<string, ObservedVolume>;
  /** Images by what they were asked for: the names that the stack holds, and IDs. */
  images: ReadonlyMap<string, ObservedImage>;
  /** Files that were changed in a container's own layer, by the container's ID. */
  changedFiles: ReadonlyMap<string, string[]>;
  /** A configuration's files and folders, by the volume's name; without those that no container mounts. */
  configs: ReadonlyMap<string, Record<string, FoundFile>>;
  /** The mark of a volume with data, by `service path`; undefined where it has none. */
  marks: ReadonlyMap<string, string | undefined>;
  /** What of a database server's accounts is not as the stack's users make it, by the server; without those that do not run. */
  accounts: ReadonlyMap<string, FoundAccounts>;
  /** IDs of the containers whose health check passes now, whatever the engine found last. */
  answering: ReadonlySet<string>;
  /** The engine's last events, oldest first; it keeps few. */
  events: EngineEvent[];
}

/** What a server said of its accounts, or why it did not. */
export type FoundAccounts = { deviations: Deviation[] } | { unread: string };

/** The part of `docker container inspect` that is read. Sizes in bytes, times in nanoseconds. */
export interface ObservedContainer extends FleetContainer {
  Created: string;
  Config: FleetContainer["Config"] & ContainerConfig;
  HostConfig: FleetContainer["HostConfig"] & {
    Memory: number;
    MemorySwap: number;
    NanoCpus: number;
    CpuShares: number;
    CpuQuota: number;
    CpusetCpus: string;
    ReadonlyRootfs: boolean;
    Privileged: boolean;
    Init: boolean | null;
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    GroupAdd: string[] | null;
    Tmpfs: Record<string, string> | null;
    PidMode: string;
    IpcMode: string;
    NetworkMode: string;
    Devices: { PathOnHost: string }[] | null;
    DeviceRequests: { Count: number; DeviceIDs: string[] | null }[] | null;
    RestartPolicy: { Name: string };
    LogConfig: { Type: string; Config: Record<string, string> | null };
    PortBindings: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
  };
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  NetworkSettings: { Networks: Record<string, Endpoint> };
}

export interface Endpoint {
  /** Empty while the container does not run. */
  IPAddress: string;
  IPAMConfig: { IPv4Address?: string } | null;
  Aliases: string[] | null;
  /** All names that it answers to, the container's own among them; engines before 25 do not tell. */
  DNSNames?: string[] | null;
}

/** The part of a container's or an image's configuration that decides what runs. */
export interface ContainerConfig {
  User: string;
  Env: string[] | null;
  Entrypoint: string[] | null;
  Cmd: string[] | null;
  Labels: Record<string, string> | null;
  Volumes: Record<string, unknown> | null;
  StopSignal?: string;
  StopTimeout?: number;
  Healthcheck?: {
    Test?: string[];
    Interval?: number;
    Timeout?: number;
    StartPeriod?: number;
    Retries?: number;
  };
}

export interface ObservedNetwork {
  Id: string;
  Name: string;
  Created: string;
  Driver: string;
  Internal: boolean;
  IPAM: { Config: { Subnet?: string; Gateway?: string }[] | null };
  Labels: Record<string, string> | null;
}

export interface ObservedVolume {
  Name: string;
  Driver: string;
  CreatedAt?: string;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
}

export interface ObservedImage {
  Id: string;
  Config: ContainerConfig;
  Metadata?: { LastTagTime?: string };
}
