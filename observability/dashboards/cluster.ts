import { freeShareOfDisks } from "../disk";
import { containerPanels, healthPanels } from "./containers";
import type { Dashboard, Panel, Row } from "./model";
import { orZero, rate } from "./promql";

/**
 * The whole cluster at a glance: is all well, who uses what, and how much the host has left.
 * @param services the names of all services.
 */
export function clusterDashboard(services: readonly string[]): Dashboard {
  return {
    name: "cluster",
    title: "Cluster",
    description: "All services of the stack, their containers, and the host they run on.",
    rows: [
      state,
      { title: "Health by service", panels: healthPanels(services) },
      { title: "Containers", panels: containerPanels(undefined, services.length) },
      host,
    ],
  };
}

const critical = [{ from: 1, level: "critical" as const }];
const warning = [{ from: 1, level: "warning" as const }];

const state: Row = {
  title: "State",
  panels: [
    count("Running containers", "Containers that run and are not paused.", "sum(mcp_container_running)"),
    {
      ...count(
        "Unhealthy containers",
        "Containers that don't run, or fail their health check.",
        "sum(1 - mcp_container_healthy)",
      ),
      thresholds: critical,
    },
    {
      ...count(
        "Firing alerts",
        "Alerts that fire. The runbook says what to do.",
        orZero('count(ALERTS{alertstate="firing"})'),
      ),
      thresholds: critical,
    },
    {
      ...count(
        "Scrape targets down",
        "Services whose metrics Prometheus could not read.",
        "count(up) - sum(up)",
      ),
      thresholds: critical,
    },
    {
      ...count(
        "Restarts (last hour)",
        "By the engine and by the watchdog.",
        "sum(round(increase(mcp_container_restarts_total[1h])))",
      ),
      thresholds: warning,
    },
    {
      ...count(
        "OOM kills (last hour)",
        "Containers that the kernel stopped at their limit.",
        "sum(round(increase(mcp_container_oom_kills_total[1h])))",
      ),
      thresholds: warning,
    },
  ],
};

/** Not those that are read-only, which are full by nature, and not the kernel's own. */
const writable = "unless node_filesystem_readonly == 1";

const host: Row = {
  title: "Host",
  panels: [
    {
      title: "CPU usage",
      description: "The part of all cores' time that was not idle.",
      kind: "timeseries",
      unit: "ratio",
      queries: [{ expr: `1 - avg(${rate('node_cpu_seconds_total{mode="idle"}')})`, legend: "in use" }],
      max: 1,
    },
    {
      title: "Load average",
      description:
        "Processes that run or wait for a disk, on average. More than there are cores means waiting.",
      kind: "timeseries",
      unit: "count",
      axis: "processes",
      queries: [
        { expr: "node_load1", legend: "1 min" },
        { expr: "node_load5", legend: "5 min" },
        { expr: "node_load15", legend: "15 min" },
        { expr: 'count(node_cpu_seconds_total{mode="idle"})', legend: "cores" },
      ],
    },
    {
      title: "Memory usage",
      description: "What programs have, and what they could still have: the kernel's caches give way.",
      kind: "timeseries",
      unit: "bytes",
      queries: [
        { expr: "node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes", legend: "in use" },
        { expr: "node_memory_MemAvailable_bytes", legend: "available" },
      ],
      stacked: true,
    },
    {
      title: "Disk usage",
      description: "By file system. Databases stop when theirs is full.",
      kind: "timeseries",
      unit: "ratio",
      queries: [
        {
          expr: `max by (device) (1 - ${freeShareOfDisks('{fstype!~"tmpfs|ramfs"}')} ${writable})`,
          legend: "{{device}}",
        },
      ],
      thresholds: [
        { from: 0.8, level: "warning" },
        { from: 0.9, level: "critical" },
      ],
      max: 1,
    },
    {
      title: "Disk I/O",
      description: "Bytes that all of the host's disks read and wrote.",
      kind: "timeseries",
      unit: "bytes/s",
      queries: [
        { expr: `sum(${rate("node_disk_read_bytes_total")})`, legend: "read" },
        { expr: `sum(${rate("node_disk_written_bytes_total")})`, legend: "written" },
      ],
      width: 24,
    },
  ],
};

function count(title: string, description: string, expr: string): Panel {
  return {
    title,
    description,
    kind: "stat",
    unit: "count",
    queries: [{ expr, legend: title.toLowerCase() }],
  };
}
