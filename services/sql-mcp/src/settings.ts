import { z } from "zod";
import { readEnvironment, wholeNumber } from "../../host/environment";

const schema = z.object({
  /** Which database this server speaks to. */
  DATABASE_KIND: z.enum(["postgres", "mariadb"]),
  DATABASE_HOST: z.string().min(1),
  /** @default 5432 for postgres, 3306 for mariadb */
  DATABASE_PORT: wholeNumber(1, 65535).optional(),
  DATABASE_NAME: z.string().min(1),
  DATABASE_USER: z.string().min(1),
  /** Or DATABASE_PASSWORD_FILE, a file that holds it. */
  DATABASE_PASSWORD: z.string().min(1),
  /** `read` leaves out the `execute` tool. The user's own grants are the real barrier, this is a second one. */
  DATABASE_ACCESS: z.enum(["read", "write"]).prefault("read"),
  /** The setting that says what the user may reach, for messages; without it they name none. */
  DATABASE_REACH_SETTING: z.string().min(1).optional(),
  /** The most rows a statement's result holds; more are cut off and the result says so. */
  DATABASE_ROW_LIMIT: wholeNumber(1, 100_000).prefault("1000"),
  /** The most a result's values hold together, in KiB. */
  DATABASE_RESULT_KB: wholeNumber(1, 65_536).prefault("1024"),
  /** How long the database may work on one statement. */
  DATABASE_TIMEOUT_SECONDS: wholeNumber(1, 3600).prefault("10"),
  /** How many statements run at once; further ones wait. */
  DATABASE_CONNECTIONS: wholeNumber(1, 100).prefault("4"),
});

/** Where the database is and what a call may cost, as the rest of the program uses it. */
export interface Settings {
  kind: "postgres" | "mariadb";
  access: "read" | "write";
  connection: { host: string; port: number; database: string; user: string; password: string };
  /** What is to be changed so that more is in reach. */
  reachSetting?: string | undefined;
  connections: number;
  limits: Limits;
}

/** What one call may cost. */
export interface Limits {
  rows: number;
  bytes: number;
  milliseconds: number;
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  return {
    kind: read.DATABASE_KIND,
    access: read.DATABASE_ACCESS,
    connection: {
      host: read.DATABASE_HOST,
      port: read.DATABASE_PORT ?? (read.DATABASE_KIND === "postgres" ? 5432 : 3306),
      database: read.DATABASE_NAME,
      user: read.DATABASE_USER,
      password: read.DATABASE_PASSWORD,
    },
    reachSetting: read.DATABASE_REACH_SETTING,
    connections: read.DATABASE_CONNECTIONS,
    limits: {
      rows: read.DATABASE_ROW_LIMIT,
      bytes: read.DATABASE_RESULT_KB * 1024,
      milliseconds: read.DATABASE_TIMEOUT_SECONDS * 1000,
    },
  };
}
