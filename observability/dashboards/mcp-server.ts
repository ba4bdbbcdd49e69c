import { badShare, callTimes, slowCalls } from "./calls";
import { containerPanels, healthStates } from "./containers";
import type { Dashboard } from "./model";
import { orZero, rate, share, withReplicas } from "./promql";

/** How a call ends that did not fail, or by what its client did. */
const notTheServersFault = ["", "cancelled", "invalid_arguments"];

/** An MCP server: what its clients call, what fails, and how long they wait. */
export function mcpServerDashboard(name: string): Dashboard {
  const job = `job="${name}"`;
  const calls = `${job}, mcp_method_name="tools/call"`;
  const count = "mcp_server_operation_duration_seconds_count";
  const buckets = `mcp_server_operation_duration_seconds_bucket{${calls}}`;
  const failed = rate(`${count}{${calls}, error_type!~"${notTheServersFault.join("|")}"}`);
  const failedShare = share(orZero(`sum(${failed})`), `sum(${rate(`${count}{${calls}}`)})`);
  return {
    name,
    title: name,
    description: "Calls of the server's tools over both transports, as the server itself counts them.",
    rows: [
      {
        title: "State",
        panels: [
          {
            title: "Metrics endpoint",
            description: "Whether Prometheus can read the server's metrics.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `min(up{${job}})`, legend: "up" }],
            states: [
              { value: 1, text: "up", level: "fine" },
              { value: 0, text: "down", level: "critical" },
            ],
          },
          {
            title: "Tool calls",
            description: "Calls of any tool.",
            kind: "stat",
            unit: "requests/s",
            queries: [{ expr: `sum(${rate(`${count}{${calls}}`)})`, legend: "calls" }],
          },
          badShare(
            {
              title: "Error rate",
              description:
                "The part of the calls that failed by the server's doing; 0 where there were none.",
            },
            failedShare,
            "failed",
          ),
          slowCalls("95th percentile of the time a call takes; 0 where there were none.", buckets),
          {
            title: "Requests in flight",
            description: "Requests that wait for their answer now.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `sum(mcp_server_active_requests{${job}})`, legend: "in flight" }],
          },
          {
            title: "Health",
            description: "What the server says of itself and of what it depends on.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `min(mcp_container_healthy{${withReplicas(name)}})`, legend: "health" }],
            states: healthStates,
          },
        ],
      },
      {
        title: "Calls",
        panels: [
          {
            title: "Tool calls",
            description: "Each tool of the server, also those that nobody calls.",
            kind: "timeseries",
            unit: "requests/s",
            queries: [
              {
                expr: `sum by (gen_ai_tool_name) (${rate(`${count}{${calls}}`)})`,
                legend: "{{gen_ai_tool_name}}",
              },
            ],
            stacked: true,
          },
          {
            title: "Failed calls by error type",
            description:
              "`tool_error`: the tool could not. `invalid_arguments`, `cancelled`: the client's doing. Numbers: JSON-RPC's codes.",
            kind: "timeseries",
            unit: "requests/s",
            queries: [
              {
                expr: `sum by (error_type) (${rate(`${count}{${calls}, error_type!=""}`)})`,
                legend: "{{error_type}}",
              },
            ],
            stacked: true,
          },
          {
            ...callTimes("Half, 95 and 99 of 100 calls take no longer; 0 where there were none.", buckets),
            width: 24,
          },
        ],
      },
      { title: "Container", panels: containerPanels([name]) },
    ],
  };
}
