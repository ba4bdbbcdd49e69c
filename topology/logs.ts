import type { Settings } from "../config/schema";
import { environmentVariable, shippingConfig } from "../observability/log-shipping";
import { webProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";
import type { ContainerLogs } from "./types";

/** The store's name, by which `npm run logs` finds it. */
export const logStoreName = "log-store";
const storePort = 9428;
const storeRoot = "/logs/";

/** Where the store answers questions. Source: VictoriaLogs, "Querying". */
export const logQueryUrl = `http://127.0.0.1:${storePort}${storeRoot}select/logsql/query`;

/** Where engines keep the logs of containers, unless they were told of another folder. */
export const containersFolder = "/var/lib/docker/containers";

const common = {
  place: tierPlaces.monitoring,
  secrets: [],
  databaseUsers: [],
  environment: {},
  dependsOn: [],
} satisfies Partial<ServiceTemplate>;

/** What a stack of that system has to keep the logs of all its containers in one place, if its settings ask for it. */
export function logServices(settings: Settings): ServiceTemplate[] {
  return keepsLogs(settings) ? [logStore(settings), logShipper] : [];
}

/** Whether one of these services is the log store. */
export function hasLogStore(services: readonly { name: string }[]): boolean {
  return services.some(({ name }) => name === logStoreName);
}

/** What the engine is told of the containers' logs: where there is a store, to write beside each line whose it is. */
export function containerLogs(settings: Settings, stored: boolean): ContainerLogs {
  const { maxSizeMiB, files } = settings.logs;
  return { maxSizeMiB, files, ...(stored ? { named: true } : {}) };
}

/** Whether there is to be a log store, where the system has one and the tiers reach up to it. */
export function keepsLogs({ logs: { retentionDays } }: Settings): boolean {
  return retentionDays > 0;
}

/** VictoriaLogs: takes the lines of all containers, also of those that were replaced since, and finds them again. */
function logStore({ logs: { retentionDays, storeGiB } }: Settings): ServiceTemplate {
  return {
    ...common,
    name: logStoreName,
    image: "log-store",
    offset: 77,
    user: "10001:10001",
    command: [
      "-storageDataPath=/victoria-logs-data",
      `-retentionPeriod=${retentionDays}d`,
      `-retention.maxDiskSpaceUsageBytes=${storeGiB}GiB`,
      `-httpListenAddr=:${storePort}`,
      `-http.pathPrefix=${storeRoot}`,
      "-loggerFormat=json",
    ],
    volumes: [{ volume: "logs-data", path: "/victoria-logs-data" }],
    tmpfs: [],
    port: storePort,
    memoryMiB: 512,
    pids: 64,
    probe: webProbe(storePort, `${storeRoot}health`),
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    // What only asks: nothing is taken in or thrown away through the web entry.
    web: { port: storePort, path: `${storeRoot}select/`, page: "vmui/", title: "Logs" },
    metrics: { port: storePort, path: `${storeRoot}metrics` },
  };
}

const stateFolder = "/var/lib/otelcol";
const configFolder = "/etc/otelcol";
const healthPort = 13133;
const metricsPort = 8888;

/**
 * OpenTelemetry's Collector: reads the containers' log files and hands the lines of this environment to the store. The files
 * are root's, in folders that nobody else may list: it is root without a single capability, which reads what root owns, and
 * writes nowhere but in its volume.
 */
const logShipper: ServiceTemplate = {
  ...common,
  name: "log-shipper",
  image: "log-shipper",
  offset: 78,
  user: "0:0",
  environment: { [environmentVariable]: { owner: "environment" } },
  command: [`--config=${configFolder}/config.yaml`],
  configs: () => [
    {
      path: configFolder,
      files: {
        "config.yaml": shippingConfig({
          containers: containersFolder,
          state: stateFolder,
          healthPort,
          metricsPort,
          store: `http://${logStoreName}:${storePort}${storeRoot}`,
        }),
      },
    },
  ],
  // How far it came is worth as much as the store's data: without it, all that the engine has is sent once more.
  volumes: [{ volume: "logs-shipped", path: stateFolder }],
  binds: [{ source: containersFolder, path: containersFolder, readOnly: true }],
  tmpfs: [],
  port: metricsPort,
  goProgram: true,
  memoryMiB: 256,
  pids: 64,
  probe: webProbe(healthPort, "/"),
  stop: { signal: "SIGTERM", graceSeconds: 30 },
  metrics: { port: metricsPort, path: "/metrics" },
};
