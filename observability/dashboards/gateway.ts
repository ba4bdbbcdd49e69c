import { badShare, callTimes, slowCalls } from "./calls";
import { containerPanels, healthStates } from "./containers";
import type { Dashboard } from "./model";
import { orZero, rate, share } from "./promql";

/** The MCP gateway: what clients ask of it, what becomes of that, and how the servers behind it do. */
export function gatewayDashboard(name: string): Dashboard {
  const job = `job="${name}"`;
  const count = "mcp_gateway_request_duration_seconds_count";
  const requests = `sum(${rate(`${count}{${job}}`)})`;
  const buckets = `mcp_gateway_request_duration_seconds_bucket{${job}, mcp_method_name="tools/call"}`;
  const upstream = `mcp_gateway_upstream_requests_total{${job}}`;
  const failed = `mcp_gateway_upstream_requests_total{${job}, outcome="failed"}`;
  return {
    name,
    title: name,
    description: "Requests of clients, and the servers that they go to, as the gateway itself counts them.",
    rows: [
      {
        title: "State",
        panels: [
          {
            title: "Health",
            description: "Whether the gateway can serve: one server at least can be reached.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `min(mcp_container_healthy{service="${name}"})`, legend: "health" }],
            states: healthStates,
          },
          {
            title: "Requests",
            description: "Requests of clients, whatever became of them; 0 where there were none.",
            kind: "stat",
            unit: "requests/s",
            queries: [{ expr: orZero(requests), legend: "requests" }],
          },
          badShare(
            {
              title: "Refused requests",
              description: "The part of the requests that were answered with an error status.",
            },
            share(orZero(`sum(${rate(`${count}{${job}, outcome="refused"}`)})`), orZero(requests)),
            "refused",
          ),
          slowCalls("95th percentile of the time a tool's call takes, the server's own among it.", buckets),
          {
            title: "Replicas out of use",
            description:
              "Replicas of servers that get no requests, as they failed or say that they can't serve.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `sum(mcp_gateway_replicas{${job}, in_use="false"})`, legend: "out of use" }],
            thresholds: [{ from: 1, level: "warning" }],
          },
          {
            title: "Configuration",
            description: "Whether the configuration that was read last is in force, or was refused.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `max(mcp_gateway_config_last_reload_refused{${job}})`, legend: "refused" }],
            states: [
              { value: 0, text: "in force", level: "fine" },
              { value: 1, text: "refused", level: "critical" },
            ],
          },
        ],
      },
      {
        title: "Requests",
        panels: [
          {
            title: "Requests by outcome",
            description: "`answered` by a server, `refused` with an error status, `gone` with their client.",
            kind: "timeseries",
            unit: "requests/s",
            queries: ["answered", "refused", "gone"].map((outcome) => ({
              expr: orZero(`sum(${rate(`${count}{${job}, outcome="${outcome}"}`)})`),
              legend: outcome,
            })),
            stacked: true,
          },
          callTimes(
            "Half, 95 and 99 of 100 calls of tools take no longer; 0 where there were none.",
            buckets,
          ),
        ],
      },
      {
        title: "Servers",
        panels: [
          {
            title: "Requests to servers",
            description: "Each attempt counted, those of the gateway itself among them.",
            kind: "timeseries",
            unit: "requests/s",
            queries: [{ expr: `sum by (server) (${rate(upstream)})`, legend: "{{server}}" }],
            stacked: true,
          },
          {
            title: "Failed requests to servers",
            description: "Requests that a server could not be reached for, or said that it can't serve.",
            kind: "timeseries",
            unit: "requests/s",
            queries: [{ expr: `sum by (server) (${rate(failed)})`, legend: "{{server}}" }],
          },
          {
            title: "Replicas in use",
            description: "Replicas of each server that get requests.",
            kind: "timeseries",
            unit: "count",
            axis: "replicas",
            queries: [
              {
                expr: `sum by (server) (mcp_gateway_replicas{${job}, in_use="true"})`,
                legend: "{{server}}",
              },
            ],
          },
          {
            title: "Queued calls",
            description: "Calls that wait for their turn on a server, as it has as many as it may have.",
            kind: "timeseries",
            unit: "count",
            axis: "calls",
            queries: [{ expr: `sum by (server) (mcp_gateway_queued_calls{${job}})`, legend: "{{server}}" }],
          },
        ],
      },
      { title: "Container", panels: containerPanels([name]) },
    ],
  };
}
