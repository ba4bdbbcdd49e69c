import { resolve } from "node:path";
import type { ComposeFile, ComposeMount, ComposeService } from "../../export/compose/model";

/** Where a Compose project is, and what its variables are. */
export interface ProjectPlace {
  folder: string;
  variables: ReadonlyMap<string, string>;
}

/**
 * A Compose project as a Terraform program over the Docker provider: the same containers, networks and volumes, started in
 * the same order. What the provider has no argument for, the limit of processes, is left out.
 */
export function terraformProgram(compose: ComposeFile, place: ProjectPlace): unknown {
  const networks = Object.entries(compose.networks).map(([key, { name, driver, ipam, labels }]) => [
    key,
    { name, driver, ipam_config: ipam.config, labels: labelBlocks(labels) },
  ]);
  const volumes = Object.entries(compose.volumes).map(([key, { name, driver_opts, labels = {} }]) => [
    key,
    { name, ...(driver_opts ? { driver_opts } : {}), labels: labelBlocks(labels) },
  ]);
  const containers = Object.entries(filledIn(compose.services, place.variables)).map(([key, service]) => [
    key,
    container(service, compose, place),
  ]);
  return {
    terraform: { required_providers: { docker: { source: "kreuzwerker/docker" } } },
    resource: {
      docker_network: Object.fromEntries(networks) as unknown,
      docker_volume: Object.fromEntries(volumes) as unknown,
      docker_container: templated(Object.fromEntries(containers) as unknown),
    },
  };
}

function container(service: ComposeService, compose: ComposeFile, place: ProjectPlace) {
  const megabytes = (text: string) => Number(text.replace(/m$/, ""));
  const runsOnce = service.restart === "no";
  return {
    name: service.container_name,
    image: service.image,
    user: service.user,
    group_add: service.group_add,
    entrypoint: service.entrypoint,
    command: service.command,
    env: Object.entries(service.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    labels: labelBlocks(service.labels ?? {}),
    ...(service.network_mode ? { network_mode: service.network_mode } : {}),
    networks_advanced: Object.entries(service.networks ?? {}).map(([key, network]) => ({
      name: compose.networks[key]?.name,
      ...network,
    })),
    ports: service.ports?.map(({ target, published, host_ip }) => ({
      internal: target,
      external: Number(published),
      ip: host_ip,
    })),
    volumes: service.volumes
      ?.filter(({ bind }) => !bind?.propagation)
      .map((mount) => volume(mount, compose, place)),
    mounts: service.volumes
      ?.filter(({ bind }) => bind?.propagation)
      .map(({ source, target, read_only, bind }) => ({
        type: "bind",
        source,
        target,
        read_only,
        bind_options: { propagation: bind?.propagation },
      })),
    tmpfs: Object.fromEntries(
      (service.tmpfs ?? []).map((mount) => mount.split(/:(.*)/).slice(0, 2) as [string, string]),
    ),
    healthcheck: service.healthcheck,
    memory: megabytes(service.mem_limit),
    memory_swap: megabytes(service.memswap_limit),
    read_only: service.read_only,
    capabilities: { drop: service.cap_drop, ...(service.cap_add ? { add: service.cap_add } : {}) },
    security_opts: service.security_opt.map((option) => option.replace(":unconfined", "=unconfined")),
    init: service.init,
    restart: service.restart,
    stop_signal: service.stop_signal,
    ...(service.logging ? { log_driver: service.logging.driver, log_opts: service.logging.options } : {}),
    destroy_grace_seconds: 5,
    ...(runsOnce ? { must_run: false, attach: true } : { wait: true, wait_timeout: 300 }),
    depends_on: dependencies(service),
  };
}

function volume(
  { type, source, target, read_only }: ComposeMount,
  compose: ComposeFile,
  { folder }: ProjectPlace,
) {
  const from =
    type === "volume"
      ? { volume_name: compose.volumes[source]?.name }
      : { host_path: resolve(folder, source) };
  return { ...from, container_path: target, ...(read_only ? { read_only } : {}) };
}

function dependencies({ depends_on = {}, networks = {}, volumes = [] }: ComposeService): string[] {
  return [
    ...Object.keys(networks).map((key) => `docker_network.${key}`),
    ...volumes.filter(({ type }) => type === "volume").map(({ source }) => `docker_volume.${source}`),
    ...Object.keys(depends_on).map((key) => `docker_container.${key}`),
  ];
}

function labelBlocks(labels: Record<string, string>) {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}

/** Values with Compose's references filled in. */
function filledIn<T>(value: T, variables: ProjectPlace["variables"]): T {
  return eachText(value, (text) =>
    text.replaceAll(/\$(?:\$|\{(\w+)[^}]*\})/g, (_, name?: string) =>
      name ? (variables.get(name) ?? "") : "$",
    ),
  );
}

/** Values that Terraform takes as they stand. */
function templated<T>(value: T): T {
  return eachText(value, (text) => text.replaceAll(/[$%](?=\{)/g, "$&$&"));
}

function eachText<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((inner: unknown) => eachText(inner, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, eachText<unknown>(inner, change)]),
  ) as T;
}
