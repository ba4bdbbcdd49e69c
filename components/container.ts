import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerLogs, Probe, Service } from "../topology";
import { type Host, userOf } from "./host";
import { logOptions } from "./logs";
import { labels, type Owner } from "./labels";
import { networkOf } from "./network";
import { containerVolumes, followingMounts, hostPath } from "./mounts";
import { secretCalled, type Secrets } from "./secrets";

/** What a container is built from, besides its place in the topology. */
export interface ContainerParts {
  owner: Owner;
  tier: number;
  imageId: pulumi.Input<string>;
  /** The stack's networks, by their names in the topology. */
  networks: ReadonlyMap<string, docker.Network>;
  /** Names of the stack's volumes on the engine, by their names in the topology. */
  volumes: ReadonlyMap<string, pulumi.Input<string>>;
  /** Names of the volumes with this service's configuration, by the folder each is mounted at. */
  configs: ReadonlyMap<string, pulumi.Input<string>>;
  /** Likewise, of those that its program follows. */
  liveConfigs: ReadonlyMap<string, pulumi.Input<string>>;
  secrets: Secrets;
  host: Host;
  logs: ContainerLogs;
}

/** The Docker provider's arguments for a service: least privilege, and nothing that a preview finds changed again. */
export function containerArgs(service: Service, parts: ContainerParts): docker.ContainerArgs {
  const { host } = parts;
  const mounts = followingMounts(service, host);
  return {
    name: service.containerName,
    image: parts.imageId,
    user: userOf(service, host),
    ...(service.groups
      ? {
          groupAdds: service.groups.map((group) =>
            String(group === "engine-socket" ? host.engineSocketGroup : group),
          ),
        }
      : {}),
    ...(service.entrypoint ? { entrypoints: service.entrypoint } : {}),
    ...(service.command ? { command: service.command } : {}),
    envs: environment(service, parts),
    labels: labels(parts.owner, {
      ...ownLabels(service, host),
      "dev.mcp.service": service.name,
      "dev.mcp.tier": String(parts.tier),
    }),
    networksAdvanced: service.networks.map(({ network, address, aliases }) => ({
      name: networkOf(parts.networks, network, service).name,
      ipv4Address: address,
      aliases,
    })),
    ports: service.ports.map(({ container, host: external, address }) => ({
      internal: container,
      external,
      ip: address,
    })),
    volumes: containerVolumes(service, parts),
    ...(mounts.length > 0 ? { mounts } : {}),
    tmpfs: Object.fromEntries(
      service.tmpfs.map(({ path, sizeMiB, exec }) => [
        path,
        `rw,nosuid,nodev,${exec ? "exec," : ""}size=${sizeMiB}m`,
      ]),
    ),
    healthcheck: healthcheck(service.probe),
    memory: service.memoryMiB,
    memorySwap: service.memoryMiB, // equal, or the engine adds as much swap again
    cpuShares: service.cpuShares,
    ...(service.cpus === undefined ? {} : { cpus: processors(service.cpus) }),
    readOnly: !service.writableRoot,
    capabilities: { drops: ["ALL"], ...(service.capabilities ? { adds: service.capabilities } : {}) },
    securityOpts: [
      "no-new-privileges:true",
      ...(service.unconfined ?? []).map((filter) => `${filter}=unconfined`),
      ...(service.seccomp ? [`seccomp=${JSON.stringify(service.seccomp)}`] : []),
    ],
    ...(service.init ? { init: true } : {}),
    ...(service.gpus ? { gpus: service.gpus } : {}),
    restart: "unless-stopped",
    stopSignal: service.stop.signal,
    stopTimeout: service.stop.graceSeconds,
    destroyGraceSeconds: service.stop.graceSeconds, // unset is an immediate kill
    logDriver: "json-file",
    logOpts: logOptions(parts.logs),
    // Health is awaited by `Ready`, which fails at once and says why; the provider's own wait does neither.
    wait: false,
    mustRun: true,
  };
}

function environment(service: Service, { secrets, owner }: ContainerParts): pulumi.Input<string>[] {
  return Object.entries(service.environment).map(([name, value]) => {
    if (typeof value === "string") return `${name}=${value}`;
    if ("owner" in value) return pulumi.interpolate`${name}=${owner[value.owner]}`;
    return pulumi.interpolate`${name}=${secretCalled(secrets, value.secret, service.name)}`;
  });
}

function ownLabels({ labels: own = {} }: Service, host: Host): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [
      name,
      typeof value === "string" ? value : hostPath(value, host),
    ]),
  );
}

function healthcheck({ command, interval, timeout, startPeriod, retries }: Probe) {
  return {
    tests: command,
    interval: duration(interval),
    timeout: duration(timeout),
    startPeriod: duration(startPeriod),
    retries,
  };
}

/**
 * A number of processors, of one decimal, as the provider reads it back: 0.5 is `0.5`, 1 is `1.0` and 10 is `10.`.
 * Source: `nanoInt64ToDecimalString` of the Terraform provider.
 */
export function processors(number: number): string {
  const text = number.toFixed(9);
  return text.replace(/[^0]/g, "").length === 9 ? number.toFixed(1) : text.replace(/0+$/, "");
}

/** Seconds as the provider reads them back, so that a preview finds no change: 90 is `1m30s`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h${minutes % 60}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
