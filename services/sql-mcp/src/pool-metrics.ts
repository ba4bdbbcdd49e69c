import { Gauge, type Registry } from "prom-client";
import type { Database } from "./database";
import type { Settings } from "./settings";

/** Adds the state of the connections, by OpenTelemetry's semantic conventions for database clients. */
export function registerPoolMetrics(registry: Registry, database: Database, settings: Settings): void {
  const { host, port, database: name } = settings.connection;
  const pool = { db_client_connection_pool_name: `${host}:${port}/${name}` };
  const poolLabel = "db_client_connection_pool_name" as const;
  const registers = [registry];
  new Gauge({
    name: "db_client_connection_count",
    help: "Connections to the database, by whether a call uses them.",
    labelNames: [poolLabel, "db_client_connection_state"],
    registers,
    collect() {
      const { idle, used } = database.pool();
      this.set({ ...pool, db_client_connection_state: "idle" }, idle);
      this.set({ ...pool, db_client_connection_state: "used" }, used);
    },
  });
  new Gauge({
    name: "db_client_connection_pending_requests",
    help: "Calls that wait for a connection to the database.",
    labelNames: [poolLabel],
    registers,
    collect() {
      this.set(pool, database.pool().waiting);
    },
  });
  new Gauge({
    name: "db_client_connection_max",
    help: "The most connections to the database that calls may use.",
    labelNames: [poolLabel],
    registers,
  }).set(pool, settings.connections);
}
