import { type Host, userOf } from "../../components/host";
import { hostPath } from "../../components/mounts";
import type { ContainerLogs, Probe, Service } from "../../topology";
import { logOptions } from "../../components/logs";
import { configHash, configSource } from "./configs";
import { seccompPath } from "./seccomp";
import type {
  ComposeDevice,
  ComposeHealthcheck,
  ComposeMount,
  ComposeService,
  DependencyCondition,
} from "./model";
import { environmentVariable, reference, variableName, verbatim } from "./variables";

/** What a service is made with, besides itself. */
export interface ServiceParts {
  stack: string;
  tier: number;
  image: Pick<ComposeService, "image" | "pull_policy">;
  host: Host;
  logs: ContainerLogs;
  /** Mounts besides the service's own, which take the place of memory at their paths. */
  mounts: ComposeMount[];
  /** Services that have run once, successfully, before this one starts. */
  after: string[];
}

/** A service of the topology in Compose's terms, with all that components/container.ts gives it. */
export function composeService(original: Service, parts: ServiceParts): ComposeService {
  const service = verbatim(original);
  const { host } = parts;
  const memory = `${service.memoryMiB}m`;
  const tmpfs = service.tmpfs.filter(({ path }) => !parts.mounts.some(({ target }) => target === path));
  return {
    ...parts.image,
    container_name: service.containerName,
    user: userOf(service, host),
    ...some(
      "group_add",
      service.groups?.map((group) => String(group === "engine-socket" ? host.engineSocketGroup : group)),
    ),
    ...(Object.keys(service.environment).length > 0 ? { environment: environment(service) } : {}),
    ...(service.entrypoint ? { entrypoint: service.entrypoint } : {}),
    ...(service.command ? { command: service.command } : {}),
    labels: labels(original, parts),
    networks: Object.fromEntries(
      service.networks.map(({ network, address, aliases }) => [network, { ipv4_address: address, aliases }]),
    ),
    ...some(
      "ports",
      service.ports.map((port) => ({
        target: port.container,
        published: String(port.host),
        host_ip: port.address,
      })),
    ),
    ...some("volumes", [...mounts(service, host), ...parts.mounts]),
    ...some(
      "tmpfs",
      tmpfs.map(
        ({ path, sizeMiB, exec }) => `${path}:rw,nosuid,nodev,${exec ? "exec," : ""}size=${sizeMiB}m`,
      ),
    ),
    healthcheck: healthcheck(service.probe),
    ...dependencies(service, parts.after),
    restart: "unless-stopped",
    ...(service.init ? { init: true } : {}),
    read_only: !service.writableRoot,
    cap_drop: ["ALL"],
    ...some("cap_add", service.capabilities),
    security_opt: [
      "no-new-privileges:true",
      ...(service.unconfined ?? []).map((filter) => `${filter}:unconfined`),
      ...(service.seccomp ? [`seccomp:./${seccompPath(service)}`] : []),
    ],
    mem_limit: memory,
    memswap_limit: memory, // equal, or the engine adds as much swap again
    cpu_shares: service.cpuShares,
    ...(service.cpus === undefined ? {} : { cpus: service.cpus }),
    pids_limit: service.pids,
    ...(service.gpus ? { deploy: { resources: { reservations: { devices: [gpus(service.gpus)] } } } } : {}),
    stop_signal: service.stop.signal,
    stop_grace_period: `${service.stop.graceSeconds}s`,
    logging: { driver: "json-file", options: logOptions(parts.logs) },
  };
}

function environment({ environment }: Service): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      return [name, reference("secret" in value ? variableName(value.secret) : environmentVariable.name)];
    }),
  );
}

/** The labels of the stack's own containers, so that what watches or lists those sees these. */
function labels(service: Service, { stack, tier, host }: ServiceParts): Record<string, string> {
  const own = Object.entries(service.labels ?? {}).map(
    ([name, value]) => [name, verbatim(typeof value === "string" ? value : hostPath(value, host))] as const,
  );
  return {
    ...Object.fromEntries(own),
    "dev.mcp.stack": stack,
    "dev.mcp.environment": reference(environmentVariable.name),
    "dev.mcp.service": service.name,
    "dev.mcp.tier": String(tier),
    // Compose does not look into mounted files: a changed label replaces the container that has read them.
    ...(service.configs?.length ? { "dev.mcp.configs": configHash(service) } : {}),
  };
}

function mounts(service: Service, host: Host): ComposeMount[] {
  const { name, volumes, configs = [], liveConfigs = [], binds = [] } = service;
  return [
    ...volumes.map(({ volume, path, readOnly }): ComposeMount => ({
      type: "volume",
      source: volume,
      target: path,
      ...(readOnly ? { read_only: true } : {}),
    })),
    ...[...configs, ...liveConfigs].map(({ path }): ComposeMount => ({
      type: "bind",
      source: configSource(name, path),
      target: path,
      read_only: true,
    })),
    ...binds.map(({ source, path, readOnly, follow }): ComposeMount => ({
      type: "bind",
      source: verbatim(hostPath(source, host)),
      target: path,
      ...(readOnly ? { read_only: true } : {}),
      bind: follow && host.sharesMounts ? { propagation: "rslave" } : { create_host_path: true },
    })),
  ];
}

function healthcheck({ command, interval, timeout, startPeriod, retries }: Probe): ComposeHealthcheck {
  return {
    test: command,
    interval: `${interval}s`,
    timeout: `${timeout}s`,
    start_period: `${startPeriod}s`,
    retries,
  };
}

function dependencies({ dependsOn }: Service, after: string[]): Pick<ComposeService, "depends_on"> {
  const on = (names: string[], condition: DependencyCondition) =>
    names.map((name) => [name, { condition }] as const);
  const all = [...on(dependsOn, "service_healthy"), ...on(after, "service_completed_successfully")];
  return all.length > 0 ? { depends_on: Object.fromEntries(all) } : {};
}

/** `all`, their number, or their names. */
function gpus(chosen: string): ComposeDevice {
  const device = { driver: "nvidia", capabilities: ["gpu"] };
  if (chosen === "all") return { ...device, count: "all" };
  return /^\d+$/.test(chosen)
    ? { ...device, count: Number(chosen) }
    : { ...device, device_ids: chosen.replace(/^device=/, "").split(",") };
}

/** A key with a list, left out where the list is empty. */
function some<K extends string, T>(key: K, list: T[] | undefined): { [P in K]?: T[] } {
  return (list && list.length > 0 ? { [key]: list } : {}) as { [P in K]?: T[] };
}
