import type { Settings } from "../config/schema";
import { buildkitSocketVolume } from "./build-tools";
import { buildkitClients, buildkitSocket } from "./buildkit-daemon";
import { clusterDatabase, databaseServers } from "./databases";
import { databaseUser, userName } from "./mcp-servers";
import { shellProbe } from "./probes";
import type { Cluster, ServiceTemplate } from "./service";
import { allServices } from "./services";
import { tierPlaces } from "./tiers";
import type { ConfigFolder } from "./types";

/** Where the project's folder is in the devcontainer. */
export const workspaceFolder = "/workspaces/mcp-environments";

const name = "devcontainer";

/**
 * The file that tells editors about a stack's devcontainer, from the project's root. Editors look in these two places,
 * and let the user choose where there are several.
 */
export function devcontainerFile({ namePrefix }: Settings): string {
  const folder = namePrefix.replace(/[-_.]+$/, "");
  return `.devcontainer/${folder && `${folder}/`}devcontainer.json`;
}

/**
 * Where developers work: their editor's server runs in it, with the project's folder, the databases, the MCP servers and
 * the builder in reach, and no way to the engine. Its labels are those by which editors know a devcontainer of theirs:
 * they take this container instead of making one.
 */
export function workspace(settings: Settings): ServiceTemplate {
  return {
    name,
    image: "devcontainer",
    place: tierPlaces.devcontainer,
    offset: 60,
    user: "1000:1000",
    ownerOf: { project: "" },
    groups: [buildkitClients],
    environment: {
      BUILDKIT_HOST: `unix://${buildkitSocket}`,
      BUILDX_BUILDER: "cluster",
      PGHOST: databaseServers.postgres.service,
      PGPORT: String(databaseServers.postgres.port),
      PGDATABASE: clusterDatabase,
      PGUSER: userName(name),
      PGPASSWORD: { secret: `${name}-password` },
      MYSQL_PWD: { secret: `${name}-password` },
    },
    secrets: [{ name: `${name}-password` }],
    volumes: [
      { volume: "devcontainer-home", path: "/home/dev" },
      { volume: buildkitSocketVolume, path: "/run/buildkit", cache: true },
    ],
    binds: [{ source: { project: "" }, path: workspaceFolder, readOnly: false }],
    configs: (cluster) => [mcpServersFolder(cluster), mariadbClientFolder],
    labels: {
      "devcontainer.local_folder": { project: "" },
      "devcontainer.config_file": { project: devcontainerFile(settings) },
    },
    tmpfs: [
      { path: "/tmp", sizeMiB: 512, exec: true },
      { path: "/var/lib/extrausers", sizeMiB: 1 },
    ],
    init: true,
    // For whatever a developer serves, where `publish` asks for it.
    port: 3000,
    // An editor's server with the language servers of a project this size takes two thirds of it.
    memoryMiB: 3072,
    pids: 1024,
    // Nothing of what it depends on: a watchdog that restarted it then would end the developers' sessions.
    probe: shellProbe(`getent passwd "$(id -u)" && test -r ${workspaceFolder}/package.json`),
    stop: { signal: "SIGTERM", graceSeconds: 10 },
    dependsOn: [],
    databaseUsers: [databaseUser(name, "postgres"), databaseUser(name, "mariadb")],
  };
}

/** Where `mcp-connect` finds the MCP servers of the cluster. */
function mcpServersFolder(cluster: Cluster): ConfigFolder {
  const servers = allServices(cluster).flatMap(({ name: server, mcp }) =>
    mcp ? [[server, `http://${server}:${mcp.port}/mcp`]] : [],
  );
  return {
    path: "/etc/mcp",
    files: { "servers.json": `${JSON.stringify(Object.fromEntries(servers), null, 2)}\n` },
  };
}

/** MariaDB's client takes only the password from its environment. */
const mariadbClientFolder: ConfigFolder = {
  path: "/etc/mysql/conf.d",
  files: {
    "cluster.cnf": [
      "[client]",
      `host=${databaseServers.mariadb.service}`,
      `port=${databaseServers.mariadb.port}`,
      `user=${userName(name)}`,
      "[mariadb-client]",
      `database=${clusterDatabase}`,
      "",
    ].join("\n"),
  },
};
