import { withLegendOf } from "./layout";
import type { Panel, State } from "./model";
import { byService, oneOf, rate, withReplicas } from "./promql";

/** What the watchdog says of a container, in words. */
export const healthStates: State[] = [
  { value: 1, text: "healthy", level: "fine" },
  { value: 0, text: "unhealthy", level: "critical" },
];

/**
 * The panels on the containers of some services; all services where none are named.
 * @param lines how many services there are to have a line.
 */
export function containerPanels(services?: readonly string[], lines = services?.length ?? 0): Panel[] {
  return [memoryOfLimit(services), memory(services), cpu(services), restarts(services)].map((panel) =>
    withLegendOf(lines, panel),
  );
}

/**
 * Whether each service is well, a panel for each: as values of one panel, Perses writes their names in an eighth of its height.
 * A service with replicas is well when all of them are.
 */
export function healthPanels(services: readonly string[]): Panel[] {
  return services.map((name) => ({
    title: name,
    description: "What the container's own health check says. The watchdog restarts what stays unhealthy.",
    kind: "stat",
    unit: "count",
    queries: [{ expr: `min(mcp_container_healthy{${withReplicas(name)}})`, legend: "health" }],
    states: healthStates,
    height: 3,
  }));
}

function memoryOfLimit(services?: readonly string[]): Panel {
  const limit = `sum by (service) (mcp_container_memory_limit_bytes${of(services)})`;
  return {
    title: "Memory usage, % of limit",
    description:
      "Memory that can't be taken back, of what the container may have at most. At 100 % the kernel kills it.",
    kind: "timeseries",
    unit: "ratio",
    queries: [
      {
        expr: `${byService("container_memory_working_set_bytes", services)} / on (service) ${limit}`,
        legend: "{{service}}",
      },
    ],
    thresholds: [
      { from: 0.8, level: "warning" },
      { from: 0.9, level: "critical" },
    ],
    max: 1,
  };
}

function cpu(services?: readonly string[]): Panel {
  return {
    title: "CPU usage",
    description: "CPU cores in use. Nothing limits them: who needs more takes it from the others.",
    kind: "timeseries",
    unit: "cores",
    axis: "cores",
    queries: [
      { expr: byService(rate("container_cpu_usage_seconds_total"), services), legend: "{{service}}" },
    ],
  };
}

function restarts(services?: readonly string[]): Panel {
  return {
    title: "Restarts (last 5 minutes)",
    description:
      "Restarts by the engine, after a program's end, and by the watchdog, after failed health checks.",
    kind: "timeseries",
    unit: "count",
    axis: "restarts",
    queries: [
      {
        expr: `sum by (service) (increase(mcp_container_restarts_total${of(services)}[5m]))`,
        legend: "{{service}}",
      },
    ],
  };
}

function memory(services?: readonly string[]): Panel {
  return {
    title: "Memory usage",
    description: "Memory that can't be taken back: programs' own, and files that they work on.",
    kind: "timeseries",
    unit: "bytes",
    queries: [{ expr: byService("container_memory_working_set_bytes", services), legend: "{{service}}" }],
  };
}

function of(services?: readonly string[]): string {
  return services ? `{${oneOf("service", services)}}` : "";
}
