import type { Settings } from "../config/schema";
import { alertRules } from "../observability/alerts";
import { alertmanagerConfig } from "../observability/alertmanager";
import { prometheusConfig, rulesFile } from "../observability/prometheus";
import { webEntrypoint, webFiles, webFolder, webPort } from "../observability/web";
import { webProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { allServices } from "./services";
import { tierPlaces } from "./tiers";
import { certificateFor, tlsFiles } from "./tls";

const common = {
  place: tierPlaces.monitoring,
  secrets: [],
  volumes: [],
  dependsOn: [],
  databaseUsers: [],
} satisfies Partial<ServiceTemplate>;

/** Port of the host's loopback that leads to all pages. */
export const defaultWebPort = 8070;

/** The password of the web entry, as the stack's secrets name it. */
export const webPasswordSecret = "web-password";

/** The one entry to all web pages, behind a generated password; the only service that is published by itself. */
export const nginx: ServiceTemplate = {
  ...common,
  name: "nginx",
  image: "nginx",
  offset: 70,
  user: "101:101",
  entrypoint: webEntrypoint,
  environment: { WEB_PASSWORD: { secret: webPasswordSecret } },
  secrets: [{ name: webPasswordSecret }],
  configs: ({ stack, tiers }) => [{ path: webFolder, files: webFiles(stack, tiers) }],
  tmpfs: [{ path: "/tmp", sizeMiB: 16 }],
  port: webPort,
  publish: defaultWebPort,
  memoryMiB: 64,
  pids: 32,
  probe: webProbe(webPort, "/healthz"),
  stop: { signal: "SIGQUIT", graceSeconds: 10 },
};

/** Queries beyond these wait; dashboards ask for all their panels at once. */
const queriesAtOnce = 4;

/** How much a query may load: all that run at once have half of the memory. A sample takes 16 bytes, says Prometheus's help. */
function mostSamples(memoryMiB: number): number {
  return Math.floor((memoryMiB * 1024 ** 2) / 2 / queriesAtOnce / 16);
}

/** Collects the metrics of all services, keeps them for two weeks, and works out the alerts. */
export function prometheus(settings: Settings): ServiceTemplate {
  const path = "/prometheus/";
  return {
    ...common,
    name: "prometheus",
    image: "prometheus",
    offset: 71,
    user: "65534:65534",
    startedWithin: (memoryMiB) => ({
      command: [
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--storage.tsdb.retention.time=14d",
        "--storage.tsdb.retention.size=2GB",
        `--query.max-samples=${mostSamples(memoryMiB)}`,
        `--query.max-concurrency=${queriesAtOnce}`,
        `--web.external-url=${entryUrl(settings)}${path}`,
      ],
    }),
    goProgram: true,
    environment: {},
    configs: ({ stack, tiers }) => [
      {
        path: "/etc/prometheus",
        files: { "prometheus.yml": prometheusConfig(stack, tiers, tlsFiles), [rulesFile]: alertRules(tiers) },
      },
    ],
    volumes: [{ volume: "prometheus-data", path: "/prometheus" }],
    tmpfs: [],
    port: 9090,
    memoryMiB: 512,
    pids: 64,
    probe: webProbe(9090, `${path}-/ready`),
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    web: { port: 9090, path, title: "Prometheus" },
    ...certificateFor(settings, "client"),
    metrics: { port: 9090, path: `${path}metrics` },
  };
}

/** Where the address that alerts are posted to is written, in memory: Alertmanager takes secrets from files only. */
const webhookFile = "/tmp/webhook";
const webhookSecret = "alert-webhook";

const noWebhook = { environment: {}, secrets: [], tmpfs: [] } satisfies Partial<ServiceTemplate>;

const webhook = {
  entrypoint: [
    ...["sh", "-c"],
    `umask 077 && printf %s "$ALERT_WEBHOOK" > ${webhookFile} && unset ALERT_WEBHOOK && exec alertmanager "$@"`,
    "alertmanager",
  ],
  environment: { ALERT_WEBHOOK: { secret: webhookSecret } },
  secrets: [{ name: webhookSecret, setting: "alertWebhook", provided: true }],
  tmpfs: [{ path: "/tmp", sizeMiB: 1 }],
} satisfies Partial<ServiceTemplate>;

/** Groups alerts, keeps those back that follow from others, and tells whom the settings name. */
export function alertmanager(settings: Settings): ServiceTemplate {
  const path = "/alertmanager/";
  return {
    ...common,
    name: "alertmanager",
    image: "alertmanager",
    offset: 73,
    user: "65534:65534",
    ...(settings.alertWebhook === undefined ? noWebhook : webhook),
    command: [
      "--config.file=/etc/alertmanager/alertmanager.yml",
      "--storage.path=/alertmanager",
      // There is one of it.
      "--cluster.listen-address=",
      `--web.external-url=${entryUrl(settings)}${path}`,
    ],
    configs: ({ tiers }) => [
      {
        path: "/etc/alertmanager",
        files: {
          "alertmanager.yml": alertmanagerConfig(
            allServices({ tiers }),
            settings.alertWebhook === undefined ? undefined : webhookFile,
          ),
        },
      },
    ],
    // Silences, which somebody has set, and what has been told already.
    volumes: [{ volume: "alertmanager-data", path: "/alertmanager" }],
    port: 9093,
    goProgram: true,
    memoryMiB: 128,
    pids: 64,
    probe: webProbe(9093, `${path}-/ready`),
    stop: { signal: "SIGTERM", graceSeconds: 10 },
    web: { port: 9093, path, title: "Alerts" },
    metrics: { port: 9093, path: `${path}metrics` },
  };
}

/** Where a browser finds the web entry: links in alerts lead there. */
function entryUrl({ services }: Settings): string {
  const port = services[nginx.name]?.publish ?? defaultWebPort;
  return port === false ? `http://${nginx.name}:${webPort}` : `http://localhost:${port}`;
}
