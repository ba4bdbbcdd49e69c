import { containerPanels, healthPanels } from "./containers";
import type { Dashboard, Row } from "./model";
import { orZero, rate } from "./promql";

/**
 * The builders: what BuildKit does, and what all of the tier's containers use.
 * @param services the tier's services.
 * @param buildkit the name of the BuildKit daemon among them, if there is one.
 */
export function buildToolsDashboard(services: readonly string[], buildkit?: string): Dashboard {
  return {
    name: "builders",
    title: "Builders",
    description: "Build tools: the BuildKit daemon, and the containers of its tier.",
    rows: [
      { title: "Health by service", panels: healthPanels(services) },
      ...(buildkit ? [buildkitRow(buildkit)] : []),
      { title: "Containers", panels: containerPanels(services) },
    ],
  };
}

/** BuildKit exports what its gRPC server measures, and Go's and the process's own metrics. */
function buildkitRow(name: string): Row {
  const job = `job="${name}"`;
  const requests = `rpc_server_duration_milliseconds_count{${job}}`;
  const solves = `${job}, rpc_method="Solve"`;
  const [sum, count] = ["sum", "count"].map(
    (part) => `sum(${rate(`rpc_server_duration_milliseconds_${part}{${solves}}`)})`,
  );
  return {
    title: "BuildKit",
    panels: [
      {
        title: "Builds (last hour)",
        description: "Builds that ended, for better or worse.",
        kind: "stat",
        unit: "count",
        queries: [
          {
            expr: orZero(`sum(round(increase(rpc_server_duration_milliseconds_count{${solves}}[1h])))`),
            legend: "builds",
          },
        ],
        width: 8,
      },
      {
        title: "Daemon memory (RSS)",
        description: "The daemon alone; what a build's steps use is in the container's.",
        kind: "stat",
        unit: "bytes",
        queries: [{ expr: `max(process_resident_memory_bytes{${job}})`, legend: "resident" }],
        width: 8,
      },
      {
        title: "Goroutines",
        description: "What the daemon does at once. A number that only grows means a leak.",
        kind: "stat",
        unit: "count",
        queries: [{ expr: `max(go_goroutines{${job}})`, legend: "goroutines" }],
        width: 8,
      },
      {
        title: "Build duration (mean)",
        description: "The mean of the builds that ended meanwhile; 0 where there were none.",
        kind: "timeseries",
        unit: "seconds",
        queries: [{ expr: orZero(`${sum} / ${count} / 1000`), legend: "mean" }],
      },
      {
        title: "Requests by method",
        description: "Requests of clients. `Control` lists and builds; the health check is among them.",
        kind: "timeseries",
        unit: "requests/s",
        queries: [{ expr: `sum by (rpc_method) (${rate(requests)})`, legend: "{{rpc_method}}" }],
        stacked: true,
      },
    ],
  };
}
