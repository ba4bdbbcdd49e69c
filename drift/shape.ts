import { createHash } from "node:crypto";
import type { ContainerArgs } from "./container-args";
import type { ContainerConfig, ObservedContainer } from "./observed";

/**
 * How a container runs, as texts that are equal for equal settings: the same for what the state asks for, for what the program
 * would ask for, and for what the engine has. What is not set has no entry.
 */
export type Shape = ReadonlyMap<string, string>;

/** What a container is to be like. */
interface Wish {
  args: ContainerArgs;
  pids: number | undefined;
}

const mebibyte = 1024 ** 2;
const nanosecondsPerSecond = 1e9;

/** What the engine makes of a container's arguments and its image's own configuration. */
export function wishedShape({ args, pids }: Wish, image: ContainerConfig): Shape {
  const { entrypoints, command, healthcheck } = args;
  const ownCommand = entrypoints?.length ? [] : image.Cmd;
  return shape({
    image: args.image,
    user: args.user ?? image.User,
    "entry point": list(entrypoints?.length ? entrypoints : image.Entrypoint),
    command: list(command?.length ? command : ownCommand),
    groups: sorted(args.groupAdds),
    memory: mebibytes(args.memory && args.memory * mebibyte),
    "memory with swap": mebibytes(args.memorySwap && args.memorySwap * mebibyte),
    "process limit": number(pids),
    "processor limit": pairs({
      ...(args.cpus ? { cpus: String(Number(args.cpus)) } : {}),
      ...(args.cpuShares ? { shares: String(args.cpuShares) } : {}),
    }),
    "read-only root": flag(args.readOnly),
    "added capabilities": sorted(args.capabilities?.adds),
    "dropped capabilities": sorted(args.capabilities?.drops),
    "security options": sorted(args.securityOpts?.map(named)),
    "process 1": flag(args.init),
    gpus: args.gpus,
    "restart policy": args.restart,
    "stop signal": args.stopSignal ?? image.StopSignal,
    "stop timeout": number(args.stopTimeout),
    "log driver": args.logDriver,
    "log options": pairs(args.logOpts),
    "health check": healthcheck && check({ ...healthcheck, Test: healthcheck.tests }),
    ...prefixed("environment", variables([...(image.Env ?? []), ...(args.envs ?? [])])),
    ...prefixed("label", {
      ...image.Labels,
      ...Object.fromEntries((args.labels ?? []).map(({ label, value }) => [label, value])),
    }),
    ...prefixed("published port", wishedPorts(args)),
    ...prefixed("mount", wishedMounts(args)),
    ...prefixed("tmpfs", args.tmpfs ?? {}),
  });
}

/** How a container on the engine runs. */
export function foundShape(
  { Config, HostConfig, Image, Mounts }: ObservedContainer,
  image: ContainerConfig,
): Shape {
  const { Healthcheck } = Config;
  return shape({
    image: Image,
    user: Config.User,
    "entry point": list(Config.Entrypoint),
    command: list(Config.Cmd),
    groups: sorted(HostConfig.GroupAdd),
    memory: mebibytes(HostConfig.Memory),
    "memory with swap": mebibytes(HostConfig.MemorySwap),
    "process limit": number(limit(HostConfig)),
    "read-only root": flag(HostConfig.ReadonlyRootfs),
    "added capabilities": sorted(HostConfig.CapAdd?.map(capability)),
    "dropped capabilities": sorted(HostConfig.CapDrop?.map(capability)),
    "security options": sorted(HostConfig.SecurityOpt?.map(named)),
    privileged: flag(HostConfig.Privileged),
    "process 1": flag(HostConfig.Init),
    gpus: gpus(HostConfig),
    devices: sorted(HostConfig.Devices?.map(({ PathOnHost }) => PathOnHost)),
    "processor limit": processors(HostConfig),
    "process namespace": HostConfig.PidMode,
    "host's network": flag(HostConfig.NetworkMode === "host"),
    "host's shared memory": flag(HostConfig.IpcMode === "host"),
    "restart policy": HostConfig.RestartPolicy.Name,
    "stop signal": Config.StopSignal,
    "stop timeout": number(Config.StopTimeout),
    "log driver": HostConfig.LogConfig.Type,
    "log options": pairs(HostConfig.LogConfig.Config),
    "health check": Healthcheck?.Test && foundCheck(Healthcheck),
    ...prefixed("environment", variables(Config.Env ?? [])),
    ...prefixed("label", Config.Labels ?? {}),
    ...prefixed("published port", foundPorts(HostConfig)),
    ...prefixed("mount", foundMounts(Mounts, image)),
    ...prefixed("tmpfs", HostConfig.Tmpfs ?? {}),
  });
}

/** The names under which two shapes differ. */
export function differing(one: Shape, other: Shape): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name));
}

/** Only what is set: nothing, an empty text and an empty list are the same to the engine. */
function shape(fields: Record<string, string | undefined>): Shape {
  return new Map(Object.entries(fields).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** Within a group, such as a container's variables, what is set to an empty text counts. */
function prefixed(group: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${group} ${name}`, value || '""']),
  );
}

function list(words: readonly string[] | null | undefined): string | undefined {
  return words?.length ? JSON.stringify(words) : undefined;
}

function sorted(words: readonly string[] | null | undefined): string | undefined {
  return words?.toSorted().join(", ");
}

function number(value: number | null | undefined): string | undefined {
  return value ? String(value) : undefined;
}

function flag(value: boolean | null | undefined): string | undefined {
  return value ? "yes" : undefined;
}

function mebibytes(bytes: number | undefined): string | undefined {
  return bytes ? `${bytes / mebibyte} MiB` : undefined;
}

function pairs(values: Record<string, string> | null | undefined): string | undefined {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(", ");
}

function variables(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/** A filter of system calls is pages long, and named by its content here. */
function named(option: string): string {
  const [, kind, profile] = /^(\w+)[:=](\{.*)$/s.exec(option) ?? [];
  if (profile === undefined) return option;
  return `${kind}=sha256:${createHash("sha256").update(profile).digest("hex").slice(0, 12)}`;
}

/** Engines name capabilities with or without their prefix. */
function capability(name: string): string {
  return name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`;
}

function limit({ PidsLimit }: ObservedContainer["HostConfig"]): number | undefined {
  return PidsLimit && PidsLimit > 0 ? PidsLimit : undefined;
}

function gpus({ DeviceRequests }: ObservedContainer["HostConfig"]): string | undefined {
  const [request] = DeviceRequests ?? [];
  if (!request) return undefined;
  if (request.DeviceIDs?.length) return `device=${request.DeviceIDs.join(",")}`;
  return request.Count < 0 ? "all" : String(request.Count);
}

function processors({ NanoCpus, CpuShares, CpuQuota, CpusetCpus }: ObservedContainer["HostConfig"]) {
  return pairs({
    ...(NanoCpus ? { cpus: String(NanoCpus / nanosecondsPerSecond) } : {}),
    ...(CpuShares ? { shares: String(CpuShares) } : {}),
    ...(CpuQuota > 0 ? { quota: String(CpuQuota) } : {}),
    ...(CpusetCpus ? { set: CpusetCpus } : {}),
  });
}

function check(of: {
  Test: readonly string[];
  interval?: string;
  timeout?: string;
  startPeriod?: string;
  retries?: number;
}): string {
  const [interval, timeout, start] = [of.interval, of.timeout, of.startPeriod].map((text) => seconds(text));
  return checkText(of.Test, { interval, timeout, start, retries: of.retries });
}

function foundCheck({ Test = [], ...of }: NonNullable<ContainerConfig["Healthcheck"]>): string {
  const [interval, timeout, start] = [of.Interval, of.Timeout, of.StartPeriod].map(
    (nanoseconds) => (nanoseconds ?? 0) / nanosecondsPerSecond,
  );
  return checkText(Test, { interval, timeout, start, retries: of.Retries });
}

function checkText(test: readonly string[], times: Record<string, number | undefined>): string {
  return `${JSON.stringify(test)} ${Object.entries(times)
    .map(([name, value]) => `${name} ${value ?? 0}`)
    .join(", ")}`;
}

/** `1m30s` as seconds. */
function seconds(duration = "0s"): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return [...duration.matchAll(/([0-9.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 1),
    0,
  );
}

function wishedPorts({ ports = [] }: ContainerArgs): Record<string, string> {
  return Object.fromEntries(
    ports.map(({ internal, external, ip, protocol }) => [
      `${internal}/${protocol ?? "tcp"}`,
      `${ip ?? "0.0.0.0"}:${external ?? ""}`,
    ]),
  );
}

function foundPorts({ PortBindings }: ObservedContainer["HostConfig"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PortBindings ?? {}).map(([port, bindings]) => [
      port,
      (bindings ?? []).map(({ HostIp, HostPort }) => `${HostIp || "0.0.0.0"}:${HostPort}`).join(", "),
    ]),
  );
}

function wishedMounts({ volumes = [], mounts = [] }: ContainerArgs): Record<string, string> {
  return Object.fromEntries([
    ...volumes.map(({ volumeName, hostPath, containerPath = "", readOnly }) => [
      containerPath,
      mountText(hostPath ?? volumeName ?? "", !readOnly),
    ]),
    ...mounts.map(({ source = "", target, readOnly }) => [target, mountText(source, !readOnly)]),
  ]) as Record<string, string>;
}

/** What an image declares and nobody mounts gets a volume without a name, which is nobody's wish. */
function foundMounts(mounts: ObservedContainer["Mounts"], image: ContainerConfig): Record<string, string> {
  const anonymous = /^[0-9a-f]{64}$/;
  return Object.fromEntries(
    mounts
      .filter(({ Name = "", Destination }) => !(anonymous.test(Name) && Destination in (image.Volumes ?? {})))
      .map(({ Type, Name, Source, Destination, RW }) => [
        Destination,
        mountText(Type === "volume" ? (Name ?? "") : Source, RW),
      ]),
  );
}

function mountText(source: string, writable: boolean): string {
  return `${source}, ${writable ? "writable" : "read-only"}`;
}
