import type { Database } from "./database";
import { openMariadb } from "./mariadb/database";
import { openPostgres } from "./postgres/database";
import type { Settings } from "./settings";

/** Opens the database that the settings name. Nothing is connected before the first call. */
export function openDatabase(settings: Settings): Database {
  return settings.kind === "postgres" ? openPostgres(settings) : openMariadb(settings);
}
