import type { Service } from "../../host/program";
import { openDatabase } from "./open-database";
import { registerPoolMetrics } from "./pool-metrics";
import { serverFactory } from "./server";
import { readSettings } from "./settings";

/** The service of the environment's database. */
export function openService(environment: NodeJS.ProcessEnv, version: string): Service {
  const settings = readSettings(environment);
  const database = openDatabase(settings);
  return {
    createServer: serverFactory(database, settings, version),
    cancellable: true,
    checks: { database: () => database.ping() },
    registerMetrics: (registry) => registerPoolMetrics(registry, database, settings),
    close: () => database.close(),
  };
}
