import type { Service } from "../../host/program";
import { openDatabase } from "./database";
import { serverFactory } from "./server";
import { readSettings } from "./settings";

/** The service of the environment's database. */
export async function openService(environment: NodeJS.ProcessEnv, version: string): Promise<Service> {
  const settings = readSettings(environment);
  const database = await openDatabase(settings);
  return {
    createServer: serverFactory(database, settings, version),
    checks: { database: () => database.ping() },
    close: () => database.close(),
  };
}
