import { stringify } from "yaml";
import { allServices } from "../topology/services";
import type { Service, Tier } from "../topology/types";
import { alertmanager, cadvisor, watchdog } from "./names";

/** How often every target is asked and every rule is worked out. */
export const scrapeInterval = "10s";

/** Name of the file with the rules, beside Prometheus' own configuration. */
export const rulesFile = "alerts.yml";

/** What of Prometheus' relabelling is used here. */
interface Relabelling {
  source_labels?: string[];
  regex?: string;
  target_label?: string;
  replacement?: string;
  action?: "drop" | "labeldrop";
}

/** Anything of a scrape job that one service needs besides what all have. */
interface ScrapeOptions {
  honor_labels?: boolean;
  metric_relabel_configs?: Relabelling[];
}

/** Where Prometheus finds its own certificate, its key, and the authorities that it believes. */
export interface TlsFiles {
  ca: string;
  certificate: string;
  key: string;
}

/** How often the replicas of a service are looked for. */
const discoveryInterval = "5s";

/**
 * A container's cgroup ends in the container's ID, whichever driver the engine names cgroups with; everything else that
 * cAdvisor sees is a cgroup of the host's own.
 */
const containersOnly: Relabelling[] = [
  {
    source_labels: ["id"],
    regex: ".*(?:/docker/|/docker-)([0-9a-f]{64})(?:[.]scope)?",
    target_label: "container_id",
  },
  { source_labels: ["id", "container_id"], regex: "/.*;", action: "drop" },
  { regex: "id", action: "labeldrop" },
];

const options: Record<string, ScrapeOptions> = {
  [cadvisor]: { metric_relabel_configs: containersOnly },
  // Its series are about the other services, and name them.
  [watchdog]: { honor_labels: true },
};

/** Prometheus' configuration: every service of the topology that has metrics is a job of that name. */
export function prometheusConfig(stack: string, tiers: readonly Tier[], tls: TlsFiles): string {
  return stringify({
    global: {
      scrape_interval: scrapeInterval,
      evaluation_interval: scrapeInterval,
      external_labels: { stack },
    },
    rule_files: [rulesFile],
    alerting: { alertmanagers: alertmanagers(tiers) },
    scrape_configs: tiers.flatMap((tier) =>
      tier.services.flatMap((service) => scrapeJob(service, tier, tls)),
    ),
  });
}

function scrapeJob({ name, metrics }: Service, tier: Tier, tls: TlsFiles) {
  if (!metrics) return [];
  const labels = { service: name, tier: String(tier.number) };
  return [
    {
      job_name: name,
      metrics_path: metrics.path,
      ...(metrics.tls ? overTls(name, tls) : {}),
      ...options[name],
      ...(metrics.replicated
        ? replicas(name, metrics.port, labels)
        : { static_configs: [{ targets: [`${name}:${metrics.port}`], labels }] }),
    },
  ];
}

/** The service is asked for by its name, as targets may be addresses. */
function overTls(name: string, { ca, certificate, key }: TlsFiles) {
  return {
    scheme: "https",
    tls_config: { ca_file: ca, cert_file: certificate, key_file: key, server_name: name },
  };
}

/** Every address that the service's name has. */
function replicas(name: string, port: number, labels: Record<string, string>) {
  return {
    dns_sd_configs: [{ names: [name], type: "A", port, refresh_interval: discoveryInterval }],
    relabel_configs: Object.entries(labels).map(([label, replacement]): Relabelling => ({
      target_label: label,
      replacement,
    })),
  };
}

function alertmanagers(tiers: readonly Tier[]) {
  const found = allServices({ tiers }).find(({ name }) => name === alertmanager);
  if (!found?.web) return [];
  return [
    {
      path_prefix: found.web.path,
      static_configs: [{ targets: [`${found.name}:${found.web.port}`] }],
    },
  ];
}
