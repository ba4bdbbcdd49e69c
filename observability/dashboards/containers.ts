import type { Panel, State } from "./model";
import { byService, oneOf, rate } from "./promql";

/** What the watchdog says of a container, in words. */
export const healthStates: State[] = [
  { value: 1, text: "healthy", level: "fine" },
  { value: 0, text: "unhealthy", level: "critical" },
];

/** The panels on the containers of some services; all services where none are named. */
export function containerPanels(services?: readonly string[]): Panel[] {
  return [memoryOfLimit(services), memory(services), cpu(services), restarts(services)];
}

/** Whether each service is well, by name. */
export function health(services?: readonly string[]): Panel {
  return {
    title: "Health by service",
    description: "What each container's own health check says. The watchdog restarts what stays unhealthy.",
    kind: "stat",
    unit: "count",
    queries: [{ expr: `min by (service) (mcp_container_healthy${of(services)})`, legend: "{{service}}" }],
    states: healthStates,
    width: 24,
  };
}

function memoryOfLimit(services?: readonly string[]): Panel {
  const limit = `sum by (service) (mcp_container_memory_limit_bytes${of(services)})`;
  return {
    title: "Memory of the limit",
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
    title: "Processor",
    description: "Processor cores in use. Nothing limits them: who needs more takes it from the others.",
    kind: "timeseries",
    unit: "cores",
    queries: [
      { expr: byService(rate("container_cpu_usage_seconds_total"), services), legend: "{{service}}" },
    ],
  };
}

function restarts(services?: readonly string[]): Panel {
  return {
    title: "Restarts in 5 minutes",
    description:
      "Restarts by the engine, after a program's end, and by the watchdog, after failed health checks.",
    kind: "timeseries",
    unit: "count",
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
    title: "Memory",
    description: "Memory that can't be taken back: programs' own, and files that they work on.",
    kind: "timeseries",
    unit: "bytes",
    queries: [{ expr: byService("container_memory_working_set_bytes", services), legend: "{{service}}" }],
  };
}

function of(services?: readonly string[]): string {
  return services ? `{${oneOf("service", services)}}` : "";
}
