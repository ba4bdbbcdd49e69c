import { databaseServers } from "../topology/databases";
import { hasLogStore } from "../topology/logs";
import { allServices } from "../topology/services";
import { tierPlaces } from "../topology/tiers";
import type { Tier } from "../topology/types";
import { freeShareOfDisks } from "./disk";
import { nodeExporter, watchdog } from "./names";

/** A condition that an operator is told of. */
export interface Alert {
  /** Its name; the runbook's entry has the same. */
  name: string;
  /** What it means to whoever uses the cluster, in a sentence. */
  meaning: string;
  /** `critical`: something does not work now. `warning`: it soon may not. */
  severity: "critical" | "warning";
  /** Every series that this yields is an alert; with a function, made for the services there are. */
  expr: string | ((tiers: readonly Tier[]) => string);
  /** Whether a stack has what it watches, and so the rule; every stack has where nothing is said. */
  isFor?: (tiers: readonly Tier[]) => boolean;
  /** How long it must hold; left out where once is enough. */
  for?: string;
  /** A line for a phone. */
  summary: string;
  /** What is known, and the command that tells more. */
  description: string;
}

/** The labels that name a container. */
const container = "service, tier, container";

/** File systems with less than that share free. Read-only ones are full by nature, tiny ones the kernel's own. */
function freeBelow(share: number): string {
  return [
    `(${freeShareOfDisks(`{job="${nodeExporter}"}`)} < ${share})`,
    "and node_filesystem_size_bytes > 16 * 1024 * 1024 unless node_filesystem_readonly == 1",
  ].join(" ");
}

const databaseNames: readonly string[] = Object.values(databaseServers).map(({ service }) => service);

const operations = "mcp_server_operation_duration_seconds";

/** Calls of tools; what a client's own code takes its time for is no slowness of the server. */
const toolCalls = '{mcp_method_name="tools/call", gen_ai_tool_name!="run_python"}';

/** Every alert of the cluster. */
export const clusterAlerts: readonly Alert[] = [
  {
    name: "ContainerDown",
    meaning: "A container has stopped and does not come back by itself, or somebody stopped it.",
    severity: "critical",
    expr: "mcp_container_running == 0",
    for: "1m",
    summary: "{{ $labels.service }} is not running",
    description:
      "The container {{ $labels.container }} has been stopped for a minute. " +
      "See `npm run logs -- {{ $labels.service }}`; `npm run start` starts what was stopped.",
  },
  {
    name: "ContainerMissing",
    meaning:
      "A service of the stack has no container at all: somebody removed it, or an update did not finish.",
    severity: "critical",
    // Not for what the last update is still about to make.
    expr: (tiers) => `(${absences(tiers)}) and on () up{job="${watchdog}"} == 1`,
    for: "5m",
    summary: "{{ $labels.service }} has no container",
    description:
      "There is no container of {{ $labels.service }}. `npm run up` makes it again, with its data.",
  },
  {
    name: "ContainerUnhealthy",
    meaning: "A container runs and its health check fails; the watchdog restarts it while it stays so.",
    severity: "critical",
    expr: `mcp_container_healthy == 0 and on (${container}) mcp_container_running == 1`,
    for: "1m",
    summary: "{{ $labels.service }} is unhealthy",
    description:
      "The health check of {{ $labels.container }} has failed for a minute. `npm run status -- --unhealthy` " +
      "shows what it says, `npm run logs -- {{ $labels.service }}` what the service says.",
  },
  {
    name: "ContainerRestarting",
    meaning:
      "A container was restarted by the engine, as its program ended, or by the watchdog, as it was unhealthy.",
    severity: "warning",
    expr: `sum by (${container}) (increase(mcp_container_restarts_total[10m])) > 0`,
    summary: "{{ $labels.service }} was restarted",
    description:
      '{{ $labels.container }} was restarted about {{ $value | printf "%.0f" }} times within 10 minutes. ' +
      "See `npm run logs -- {{ $labels.service }}` for why.",
  },
  {
    name: "ContainerOutOfMemory",
    meaning: "A container reached its memory limit, and the kernel ended a process in it.",
    severity: "critical",
    expr: `sum by (${container}) (increase(mcp_container_oom_kills_total[10m])) > 0`,
    summary: "{{ $labels.service }} ran out of memory",
    description:
      "The kernel ended a process of {{ $labels.container }} at its memory limit. `npm run status` shows the limit; " +
      "`npm run config -- set 'mcp:services.{{ $labels.service }}.memory' 1g` and `npm run up` raise it to 1 GiB.",
  },
  {
    name: "ContainerNearMemoryLimit",
    meaning: "A container uses nearly all of the memory it may use; at the limit its processes are ended.",
    severity: "warning",
    expr: [
      `sum by (${container}) (container_memory_working_set_bytes`,
      `* on (container_id) group_left (${container}) mcp_container_info)`,
      `/ on (${container}) mcp_container_memory_limit_bytes > 0.9`,
    ].join(" "),
    for: "1m",
    summary: "{{ $labels.service }} is near its memory limit",
    description:
      "{{ $labels.container }} uses {{ $value | humanizePercentage }} of its limit. `npm run status` shows it; " +
      "`npm run config -- set 'mcp:services.{{ $labels.service }}.memory' 1g` and `npm run up` raise it to 1 GiB.",
  },
  {
    name: "DiskFilling",
    meaning: "A file system of the host is nearly full; databases stop writing when it is.",
    severity: "warning",
    expr: freeBelow(0.15),
    for: "1m",
    summary: "{{ $labels.mountpoint }} is nearly full",
    description:
      "{{ $value | humanizePercentage }} of {{ $labels.mountpoint }} is free. " +
      "`docker system df` shows what the engine keeps there.",
  },
  {
    name: "DiskFullSoon",
    meaning: "A file system of the host fills so fast that it will be full within four hours.",
    severity: "warning",
    // A trend takes half an hour of samples, and a disk that is half empty has time.
    expr: [
      freeBelow(0.5),
      "and predict_linear(node_filesystem_avail_bytes[1h], 4 * 3600) < 0",
      "and count_over_time(node_filesystem_avail_bytes[1h]) > 180",
    ].join(" "),
    for: "5m",
    summary: "{{ $labels.mountpoint }} will be full within four hours",
    description:
      "{{ $value | humanizePercentage }} of {{ $labels.mountpoint }} is free, and that shrinks. " +
      "`docker system df` shows what the engine keeps there.",
  },
  {
    name: "DatabaseDown",
    meaning: "A database does not answer; the MCP servers in front of it can't either.",
    severity: "critical",
    // An exporter that waits for a silent database gives no metrics at all, so the database's own health counts too.
    expr: `count by (service, tier) (${[
      of(databaseServers.postgres.service, "pg_up == 0"),
      of(databaseServers.mariadb.service, "mysql_up == 0"),
      `mcp_container_healthy{service=~"${databaseNames.join("|")}"} == 0`,
    ].join(" or ")})`,
    isFor: (tiers) => allServices({ tiers }).some(({ name }) => databaseNames.includes(name)),
    for: "30s",
    summary: "{{ $labels.service }} does not answer",
    description:
      "{{ $labels.service }} has not answered its exporter or its health check for half a minute. " +
      "See `npm run status` and `npm run logs -- {{ $labels.service }}`.",
  },
  {
    name: "McpErrorRate",
    meaning:
      "Many calls of an MCP server fail: its clients' mistakes, or a fault of the server or its database.",
    severity: "warning",
    expr: [
      `sum by (service, tier) (rate(${operations}_count{error_type!=""}[5m]))`,
      `/ sum by (service, tier) (rate(${operations}_count[5m])) > 0.25`,
      `and sum by (service, tier) (increase(${operations}_count[5m])) >= 10`,
    ].join(" "),
    for: "1m",
    summary: "Many calls of {{ $labels.service }} fail",
    description:
      "{{ $value | humanizePercentage }} of the calls of the last 5 minutes failed. " +
      "See `npm run logs -- {{ $labels.service }}`.",
  },
  {
    name: "McpLatency",
    meaning: "An MCP server answers slowly: one call in twenty takes longer than half a second.",
    severity: "warning",
    expr: [
      `histogram_quantile(0.95, sum by (service, tier, le) (rate(${operations}_bucket${toolCalls}[5m]))) > 0.5`,
      `and sum by (service, tier) (increase(${operations}_count${toolCalls}[5m])) >= 10`,
    ].join(" "),
    for: "1m",
    summary: "{{ $labels.service }} answers slowly",
    description:
      "One call of a tool in twenty takes longer than {{ $value | humanizeDuration }}. " +
      "See `npm run logs -- {{ $labels.service }}`, and the dashboard of its database.",
  },
  {
    name: "StackDrift",
    meaning: "The stack is not what its state and its program say, as the last comparison found.",
    severity: "warning",
    expr: 'mcp_drift_differences{kind!="impostor"} > 0',
    summary: "The stack {{ $labels.stack }} differs from what it should be",
    description:
      '{{ $value }} of kind "{{ $labels.kind }}" differ. `npm run drift -- --stack {{ $labels.stack }}` says which, ' +
      "since when, and what mends each; with `--publish` it clears this alert.",
  },
  {
    name: "ServiceImpersonated",
    meaning:
      "A container answers to the name of a service that it is not; clients that look the service up may hand it their log-in.",
    severity: "critical",
    expr: 'mcp_drift_differences{kind="impostor"} > 0',
    summary: "A container of somebody else's answers to a service's name in {{ $labels.stack }}",
    description:
      "`npm run drift -- --stack {{ $labels.stack }}` names it, and what takes it off the network; with `--publish` it clears " +
      "this alert.",
  },
  {
    name: "TargetDown",
    meaning: "A service does not give its metrics; whatever is wrong with what it watches goes unseen.",
    severity: "warning",
    expr: `up{job!="${watchdog}"} == 0`,
    for: "1m",
    summary: "{{ $labels.service }} gives no metrics",
    description:
      "Prometheus has had no metrics from {{ $labels.instance }} for a minute. " +
      "See `npm run status` and `npm run logs -- {{ $labels.service }}`.",
  },
  {
    name: "LogsNotStored",
    meaning:
      "The log store takes nothing: what containers log waits with the engine, which keeps only so much of it.",
    severity: "warning",
    // Lines wait in the shipper's queue, and once that is full in the engine's files.
    expr: "otelcol_exporter_queue_size / otelcol_exporter_queue_capacity > 0.5",
    isFor: (tiers) => hasLogStore(allServices({ tiers })),
    for: "5m",
    summary: "{{ $labels.service }} gets rid of no logs",
    description:
      "For five minutes {{ $labels.service }} has had more to send than the log store takes. " +
      "See `npm run logs -- log-shipper log-store`, and the space on the engine's disk.",
  },
  {
    name: "WatchdogDown",
    meaning: "Nobody restarts unhealthy containers, and no alert tells of containers.",
    severity: "critical",
    expr: `up{job="${watchdog}"} == 0`,
    for: "1m",
    summary: "The watchdog does not answer",
    description:
      "Unhealthy containers are not restarted, and their state is not known. " +
      "See `npm run logs -- {{ $labels.service }}`.",
  },
];

/** A condition of an exporter's series, as an alert of the database that the exporter watches. */
function of(database: string, condition: string): string {
  const tier = String(tierPlaces.databases.number);
  return `label_replace(label_replace(${condition}, "service", "${database}", "", ""), "tier", "${tier}", "", "")`;
}

/** A series for each service that the watchdog sees no container of. */
function absences(tiers: readonly Tier[]): string {
  return allServices({ tiers })
    .map(({ name }) => `absent(mcp_container_info{service="${name}"})`)
    .join(" or ");
}
