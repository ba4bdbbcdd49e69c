import { containerPanels } from "./containers";
import type { Dashboard } from "./model";
import { rate, share } from "./promql";

/**
 * A PostgreSQL server, by its exporter's metrics.
 * @param server the service's name.
 * @param exporter the name of the service that exports its metrics.
 */
export function postgresDashboard(server: string, exporter: string): Dashboard {
  const job = `job="${exporter}"`;
  // Templates are for new databases; nobody works in them.
  const databases = `${job}, datname!~"template.*", datname!=""`;
  const byDatabase = (metric: string) => `sum by (datname) (${rate(`${metric}{${databases}}`)})`;
  const total = (metric: string) => `sum(${rate(`${metric}{${databases}}`)})`;
  return {
    name: server,
    title: server,
    description: "PostgreSQL: who is connected, what they do, and how much of it memory answers.",
    rows: [
      {
        title: "State",
        panels: [
          {
            title: "Server",
            description: "Whether the exporter reaches the server.",
            kind: "stat",
            unit: "count",
            queries: [{ expr: `min(pg_up{${job}})`, legend: "up" }],
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
              {
                expr: `sum(pg_stat_activity_count{${job}}) / max(pg_settings_max_connections{${job}})`,
                legend: "in use",
              },
            ],
            thresholds: [
              { from: 0.7, level: "warning" },
              { from: 0.9, level: "critical" },
            ],
          },
          {
            title: "Database size",
            description: "All databases on disk.",
            kind: "stat",
            unit: "bytes",
            queries: [{ expr: `sum(pg_database_size_bytes{${job}})`, legend: "size" }],
          },
          {
            title: "Cache hit ratio",
            description: "Blocks that were found in the server's memory. Below 90 % it wants more of it.",
            kind: "stat",
            unit: "ratio",
            queries: [{ expr: hitShare(databases), legend: "from memory" }],
          },
          {
            title: "Deadlocks (last hour)",
            description: "Transactions that waited for each other; one of them was ended.",
            kind: "stat",
            unit: "count",
            queries: [
              {
                expr: `sum(round(increase(pg_stat_database_deadlocks{${databases}}[1h])))`,
                legend: "deadlocks",
              },
            ],
            thresholds: [{ from: 1, level: "warning" }],
          },
          {
            title: "Longest transaction",
            description:
              "How long the oldest open transaction has been open. Long ones keep old rows from being cleaned up.",
            kind: "stat",
            unit: "seconds",
            queries: [{ expr: `max(pg_stat_activity_max_tx_duration{${databases}})`, legend: "longest" }],
            thresholds: [{ from: 300, level: "warning" }],
          },
        ],
      },
      {
        title: "Work",
        panels: [
          {
            title: "Connections",
            description: "By state. `idle in transaction` holds locks and does nothing.",
            kind: "timeseries",
            unit: "count",
            axis: "connections",
            queries: [{ expr: `sum by (state) (pg_stat_activity_count{${databases}})`, legend: "{{state}}" }],
            stacked: true,
          },
          {
            title: "Transactions",
            description: "Transactions that took effect, and those that were taken back.",
            kind: "timeseries",
            unit: "ops/s",
            queries: [
              { expr: total("pg_stat_database_xact_commit"), legend: "committed" },
              { expr: total("pg_stat_database_xact_rollback"), legend: "rolled back" },
            ],
          },
          {
            title: "Rows fetched",
            description: "Rows that queries fetched, by database.",
            kind: "timeseries",
            unit: "rows/s",
            queries: [{ expr: byDatabase("pg_stat_database_tup_fetched"), legend: "{{datname}}" }],
          },
          {
            title: "Rows written",
            description: "Rows that were added, changed and removed.",
            kind: "timeseries",
            unit: "rows/s",
            queries: ["inserted", "updated", "deleted"].map((what) => ({
              expr: total(`pg_stat_database_tup_${what}`),
              legend: what,
            })),
          },
          {
            title: "Cache hit ratio",
            description: "Blocks that were found in the server's memory, of all that were needed.",
            kind: "timeseries",
            unit: "ratio",
            queries: [{ expr: hitShare(databases), legend: "from memory" }],
            max: 1,
          },
          {
            title: "Locks",
            description: "Locks that are held, by kind.",
            kind: "timeseries",
            unit: "count",
            axis: "locks",
            queries: [{ expr: `sum by (mode) (pg_locks_count{${databases}})`, legend: "{{mode}}" }],
          },
          {
            title: "WAL size",
            description:
              "What is kept of the write-ahead log on disk. It grows where something keeps it from being thrown away.",
            kind: "timeseries",
            unit: "bytes",
            queries: [{ expr: `max(pg_wal_size_bytes{${job}})`, legend: "size" }],
          },
          {
            title: "Database size",
            description: "Each database on disk.",
            kind: "timeseries",
            unit: "bytes",
            queries: [
              { expr: `sum by (datname) (pg_database_size_bytes{${databases}})`, legend: "{{datname}}" },
            ],
          },
        ],
      },
      { title: "Container", panels: containerPanels([server]) },
    ],
  };
}

/** The part of the blocks that were in memory; all of none is all. */
function hitShare(databases: string): string {
  const [hits, reads] = ["hit", "read"].map(
    (what) => `sum(${rate(`pg_stat_database_blks_${what}{${databases}}`)})`,
  );
  return `1 - ${share(reads ?? "", `(${hits} + ${reads})`)}`;
}
