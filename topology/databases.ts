import { mariadbProbe, postgresProbe } from "./probes";
import { tierPlaces } from "./tiers";
import type { ServiceTemplate } from "./service";
import type { DatabaseKind } from "./types";

/** The database that both servers hold for the cluster's users. */
export const clusterDatabase = "mcp";

/** How the database servers are found on the cluster network. */
export const databaseServers = {
  postgres: { service: "postgres-db", port: 5432 },
  mariadb: { service: "mariadb", port: 3306 },
} as const satisfies Record<DatabaseKind, { service: string; port: number }>;

/** Rights that the program needs to make users with: it acts as `mysql@localhost`, inside the container only. */
const mariadbAdministration = [
  "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER",
  "CREATE USER, RELOAD, PROCESS, GRANT OPTION",
].join(", ");

/**
 * A statement that needs more memory than this fails, alone; without it the kernel ends its process once the container is
 * full, and PostgreSQL all others with it. So many fit beside the shared buffers as an MCP server has connections and parallel
 * statements have processes.
 */
function startPostgres(memoryMiB: number) {
  return {
    entrypoint: ["sh", "-c", 'ulimit -d "$1" && shift && exec docker-entrypoint.sh "$@"', "limited"],
    command: [
      String(Math.floor((memoryMiB * 1024) / 6)),
      // An index is made within the limit; compiled statements, which the images differ in, would not be.
      ...["postgres", "-c", "maintenance_work_mem=32MB", "-c", "jit=off"],
    ],
  };
}

/**
 * Text is Unicode, whoever connects, and no session takes the memory that all have. The defaults are for a machine of the
 * server's own: they give tables on disk, which results that are sorted are spooled to, as much memory as the data, and a
 * session any.
 */
function startMariadb(memoryMiB: number) {
  return {
    command: [
      "mariadbd",
      ...["--character-set-server=utf8mb4", `--collation-server=utf8mb4_${currentCollation}`],
      `--character-set-collations=utf8mb4=${currentCollation}`,
      // On the data's disk: a tmpfs would be memory, and too small to sort or to index a table.
      `--tmpdir=${mariadbData}`,
      ...["--aria-pagecache-buffer-size=16M", "--key-buffer-size=8M"],
      `--max-session-mem-used=${Math.floor(memoryMiB / 8)}M`,
    ],
  };
}

/** MariaDB's newest collation, without its character set: no case, no accents. */
export const currentCollation = "uca1400_ai_ci";

const mariadbData = "/var/lib/mysql";

/** PostgreSQL 16. SIGINT is its fast shutdown: open transactions are rolled back, nothing is lost. */
export const postgres: ServiceTemplate = {
  name: databaseServers.postgres.service,
  image: "postgres",
  place: tierPlaces.databases,
  offset: 20,
  user: "999:999",
  environment: {
    POSTGRES_USER: "postgres",
    POSTGRES_DB: clusterDatabase,
    POSTGRES_PASSWORD: { secret: "postgres-password" },
    PGDATA: "/var/lib/postgresql/data",
    // The images' defaults differ; with one locale, a volume can be moved from one source of images to the other.
    POSTGRES_INITDB_ARGS: "--locale=C.UTF-8 --encoding=UTF8",
  },
  secrets: [{ name: "postgres-password", setting: "postgresPassword" }],
  volumes: [{ volume: "postgres-data", path: "/var/lib/postgresql/data" }],
  dataFormat: "PostgreSQL 16",
  tmpfs: [
    { path: "/tmp", sizeMiB: 64 },
    { path: "/var/run/postgresql", sizeMiB: 1 },
  ],
  port: databaseServers.postgres.port,
  memoryMiB: 512,
  startedWithin: startPostgres,
  // All others wait for them.
  cpuShares: 2048,
  pids: 200,
  probe: postgresProbe,
  stop: { signal: "SIGINT", graceSeconds: 60 },
  dependsOn: [],
  databaseUsers: [],
};

/** MariaDB 11.4. */
export const mariadb: ServiceTemplate = {
  name: databaseServers.mariadb.service,
  image: "mariadb",
  place: tierPlaces.databases,
  offset: 21,
  user: "999:999",
  environment: {
    // The client in the container takes the terminal's characters for what this says.
    LANG: "C.UTF-8",
    MARIADB_DATABASE: clusterDatabase,
    MARIADB_ROOT_PASSWORD: { secret: "mariadb-password" },
    MARIADB_MYSQL_LOCALHOST_USER: "1",
    MARIADB_MYSQL_LOCALHOST_GRANTS: mariadbAdministration,
  },
  secrets: [{ name: "mariadb-password", setting: "mariadbPassword" }],
  volumes: [{ volume: "mariadb-data", path: mariadbData }],
  dataFormat: "MariaDB 11.4",
  tmpfs: [
    { path: "/tmp", sizeMiB: 64 },
    { path: "/run/mysqld", sizeMiB: 1 },
  ],
  port: databaseServers.mariadb.port,
  memoryMiB: 512,
  startedWithin: startMariadb,
  // All others wait for them.
  cpuShares: 2048,
  pids: 200,
  probe: mariadbProbe,
  stop: { signal: "SIGTERM", graceSeconds: 60 },
  dependsOn: [],
  databaseUsers: [],
};
