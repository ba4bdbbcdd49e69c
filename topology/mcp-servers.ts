import { clusterDatabase, databaseServers } from "./databases";
import { mcpServerProbe } from "./probes";
import type { DatabaseUserTemplate, ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";
import type { DatabaseKind } from "./types";

/** Port that every MCP server of the cluster serves `/mcp`, `/health` and `/metrics` on. */
export const mcpPort = 8000;

/** What all MCP servers have in common: they hold no data, and run one program that is not root. */
const mcpServer = {
  place: tierPlaces.mcpServers,
  user: "10001:10001",
  volumes: [],
  tmpfs: [{ path: "/tmp", sizeMiB: 64 }],
  port: mcpPort,
  pids: 128,
  probe: mcpServerProbe,
  stop: { signal: "SIGTERM", graceSeconds: 15 },
  mcp: { port: mcpPort, stdio: ["mcp-server", "stdio"] },
  metrics: { port: mcpPort, path: "/metrics" },
} satisfies Partial<ServiceTemplate>;

/** Rows of PostgreSQL for MCP clients. */
export const postgresMcp = sqlServer("postgres-mcp", "postgres", 30);

/** Rows of MariaDB for MCP clients. */
export const mariadbMcp = sqlServer("mariadb-mcp", "mariadb", 31);

/** Runs Python that a client sends, with both databases and nothing else within reach. */
export const pythonExperimental: ServiceTemplate = {
  ...mcpServer,
  name: "python-experimental",
  image: "python-experimental",
  offset: 32,
  environment: {
    MCP_PORT: String(mcpPort),
    ...connection("POSTGRES", "postgres", "python-experimental"),
    ...connection("MARIADB", "mariadb", "python-experimental"),
  },
  reachVariables: { postgres: "POSTGRES_REACH_SETTING", mariadb: "MARIADB_REACH_SETTING" },
  secrets: [{ name: "python-experimental-password" }],
  // The memory of all runs at once is part of this limit; see the service's own settings.
  memoryMiB: 1024,
  dependsOn: [databaseServers.postgres.service, databaseServers.mariadb.service],
  databaseUsers: [
    databaseUser("python-experimental", "postgres"),
    databaseUser("python-experimental", "mariadb"),
  ],
};

function sqlServer(name: string, kind: DatabaseKind, offset: number): ServiceTemplate {
  return {
    ...mcpServer,
    name,
    image: "sql-mcp",
    offset,
    environment: { MCP_PORT: String(mcpPort), DATABASE_KIND: kind, ...connection("DATABASE", kind, name) },
    accessVariable: "DATABASE_ACCESS",
    reachVariables: { [kind]: "DATABASE_REACH_SETTING" },
    statementVariables: {
      seconds: "DATABASE_TIMEOUT_SECONDS",
      rows: "DATABASE_ROW_LIMIT",
      resultKiB: "DATABASE_RESULT_KB",
      connections: "DATABASE_CONNECTIONS",
    },
    secrets: [{ name: `${name}-password` }],
    memoryMiB: 256,
    dependsOn: [databaseServers[kind].service],
    databaseUsers: [databaseUser(name, kind)],
  };
}

function connection(prefix: string, kind: DatabaseKind, service: string) {
  const server = databaseServers[kind];
  return {
    [`${prefix}_HOST`]: server.service,
    [`${prefix}_PORT`]: String(server.port),
    [`${prefix}_${prefix === "DATABASE" ? "NAME" : "DATABASE"}`]: clusterDatabase,
    [`${prefix}_USER`]: userName(service),
    [`${prefix}_PASSWORD`]: { secret: `${service}-password` },
  };
}

/** The user of a service in a database server. */
export function databaseUser(service: string, kind: DatabaseKind): DatabaseUserTemplate {
  return {
    name: userName(service),
    kind,
    server: databaseServers[kind].service,
    database: clusterDatabase,
    password: { secret: `${service}-password` },
  };
}

/** Databases quote names with dashes; underscores keep them plain. */
export function userName(service: string): string {
  return service.replaceAll("-", "_");
}
