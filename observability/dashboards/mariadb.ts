import { containerPanels } from "./containers";
import type { Dashboard } from "./model";
import { rate, share } from "./promql";

/**
 * A MariaDB server, by its exporter's metrics.
 * @param server the service's name.
 * @param exporter the name of the service that exports its metrics.
 */
export function mariadbDashboard(server: string, exporter: string): Dashboard {
  const job = `{job="${exporter}"}`;
  const status = (name: string) => `mysql_global_status_${name}${job}`;
  const variable = (name: string) => `mysql_global_variables_${name}${job}`;
  const missShare = share(
    rate(status("innodb_buffer_pool_reads")),
    rate(status("innodb_buffer_pool_read_requests")),
  );
  return {
    name: server,
    title: server,
    description: "MariaDB: who is connected, what they do, and how much of it memory answers.",
    rows: [
      {
        title: "State",
        panels: [
          {
            title: "Server",
            description: "Whether the exporter reaches the server.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `min(mysql_up${job})`, legend: "up" }],
            states: [
              { value: 1, text: "up", level: "fine" },
              { value: 0, text: "down", level: "critical" },
            ],
          },
          {
            title: "Connections used",
            description: "Connections that are open, of those that `max_connections` allows.",
            kind: "stat",
            unit: "ratio",
            queries: [
              { expr: `${status("threads_connected")} / ${variable("max_connections")}`, legend: "in use" },
            ],
            thresholds: [
              { from: 0.7, level: "warning" },
              { from: 0.9, level: "critical" },
            ],
          },
          {
            title: "Queries",
            description: "Statements of clients and of stored programs.",
            kind: "stat",
            unit: "ops/s",
            queries: [{ expr: rate(status("queries")), legend: "queries" }],
          },
          {
            title: "Buffer pool hit ratio",
            description: "Pages that were found in the buffer pool. Below 95 % it wants more memory.",
            kind: "stat",
            unit: "ratio",
            queries: [{ expr: `1 - ${missShare}`, legend: "from memory" }],
          },
          {
            title: "Slow queries (last hour)",
            description: "Statements that took longer than `long_query_time`.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `round(increase(${status("slow_queries")}[1h]))`, legend: "slow" }],
            thresholds: [{ from: 1, level: "warning" }],
          },
          {
            title: "Uptime",
            description: "Time since the server's start.",
            kind: "stat",
            unit: "seconds",
            queries: [{ expr: status("uptime"), legend: "up" }],
          },
        ],
      },
      {
        title: "Work",
        panels: [
          {
            title: "Connections",
            description: "Clients that are connected, and those of them that run a statement.",
            kind: "timeseries",
            unit: "count",
            axis: "connections",
            queries: [
              { expr: status("threads_connected"), legend: "connected" },
              { expr: status("threads_running"), legend: "running" },
            ],
          },
          {
            title: "Statements",
            description: "Statements of clients, by kind.",
            kind: "timeseries",
            unit: "ops/s",
            queries: [
              {
                expr: `sum by (command) (${rate(
                  `mysql_global_status_commands_total{job="${exporter}", command=~"select|insert|update|delete|commit|rollback"}`,
                )})`,
                legend: "{{command}}",
              },
            ],
            stacked: true,
          },
          {
            title: "Rows read",
            description:
              "Rows that were looked at, and those that clients got of them. Far more of the first: an index is missing.",
            kind: "timeseries",
            unit: "rows/s",
            queries: [
              { expr: rate(status("rows_read")), legend: "read" },
              { expr: rate(status("rows_sent")), legend: "sent" },
            ],
          },
          {
            title: "Rows written",
            description: "Rows that were added, changed and removed.",
            kind: "timeseries",
            unit: "rows/s",
            queries: [
              {
                expr: `sum by (handler) (${rate(
                  `mysql_global_status_handlers_total{job="${exporter}", handler=~"write|update|delete"}`,
                )})`,
                legend: "{{handler}}",
              },
            ],
          },
          {
            title: "Buffer pool",
            description:
              "Pages of tables and indexes that InnoDB holds in memory, and the room that is left.",
            kind: "timeseries",
            unit: "bytes",
            queries: [
              {
                // Pages that are `old` are `data` as well.
                expr: `sum by (state) (mysql_global_status_buffer_pool_pages{job="${exporter}", state!="old"}) * on () group_left () ${status("innodb_page_size")}`,
                legend: "{{state}}",
              },
            ],
            stacked: true,
          },
          {
            title: "Disk I/O",
            description: "Bytes that InnoDB read from its files and wrote to them.",
            kind: "timeseries",
            unit: "bytes/s",
            queries: ["read", "written"].map((what) => ({
              expr: rate(status(`innodb_data_${what}`)),
              legend: what,
            })),
          },
          {
            title: "Network traffic",
            description: "Bytes that the server received from clients and sent to them.",
            kind: "timeseries",
            unit: "bytes/s",
            queries: ["received", "sent"].map((what) => ({
              expr: rate(status(`bytes_${what}`)),
              legend: what,
            })),
          },
          {
            title: "Failed connections",
            description: "Clients that could not sign in, and those that went without a word.",
            kind: "timeseries",
            unit: "events/s",
            queries: [
              { expr: rate(status("aborted_connects")), legend: "refused" },
              { expr: rate(status("aborted_clients")), legend: "lost" },
            ],
          },
        ],
      },
      { title: "Container", panels: containerPanels([server]) },
    ],
  };
}
