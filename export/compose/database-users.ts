import { dialects } from "../../provider/sql/dialects";
import type { DatabaseKind, DatabaseUserSpec, Service, Topology } from "../../topology";
import { allServices } from "../../topology/services";
import type { ComposeMount, ComposeService, ComposeVolume } from "./model";
import { reference, variableName } from "./variables";
import { shellWord } from "../../config/shell-word";

/** Where each kind of server has its socket, over which its administrator needs no password. */
const socketFolders: Record<DatabaseKind, string> = {
  postgres: "/var/run/postgresql",
  mariadb: "/run/mysqld",
};

const folder = "/database-users";

/** Stands for the password while the statements are made. */
const placeholder = "the-password";

/** The users of one database server, and what makes them: a container that runs once, whenever the project is put up. */
export interface ServerUsers {
  /** The service that makes them. */
  name: string;
  server: Service;
  kind: DatabaseKind;
  users: DatabaseUserSpec[];
}

/** All database users of a topology, by the name of their server. */
export function serverUsers(topology: Topology): Map<string, ServerUsers> {
  const services = allServices(topology);
  const found = new Map<string, ServerUsers>();
  for (const user of services.flatMap(({ databaseUsers }) => databaseUsers)) {
    const server = services.find(({ name }) => name === user.server);
    if (!server) throw new Error(`The user ${user.name} is of "${user.server}", which the topology lacks.`);
    const those = found.get(server.name) ?? {
      name: `${server.name}-users`,
      server,
      kind: user.kind,
      users: [],
    };
    those.users.push(user);
    found.set(server.name, those);
  }
  return found;
}

/** The volume in memory that a server's socket is in, so that the container that makes its users reaches it. */
export function socketVolume({ kind, server }: ServerUsers): {
  key: string;
  path: string;
  volume: ComposeVolume;
} {
  const path = socketFolders[kind];
  const { sizeMiB = 1 } = server.tmpfs.find((mount) => mount.path === path) ?? {};
  const options = `nosuid,nodev,mode=1777,size=${sizeMiB}m`;
  return {
    key: `${server.name}-socket`,
    path,
    volume: {
      name: `${server.containerName}-socket`,
      driver_opts: { type: "tmpfs", device: "tmpfs", o: options },
    },
  };
}

/** How that volume is mounted: what the image has in its place stays out of it. */
export function socketMount(users: ServerUsers): ComposeMount {
  const { key, path } = socketVolume(users);
  return { type: "volume", source: key, target: path, volume: { nocopy: true } };
}

/** The service that makes a server's users, from the server's own image and with nothing but its socket. */
export function usersService(
  users: ServerUsers,
  image: Pick<ComposeService, "image" | "pull_policy">,
): ComposeService {
  const { server } = users;
  const variables = users.users.map(({ password }) => variableName(password.secret));
  return {
    ...image,
    container_name: `${server.containerName}-users`,
    user: server.user,
    environment: Object.fromEntries(variables.map((variable) => [variable, reference(variable)])),
    entrypoint: ["sh", `${folder}/${scriptName(users)}`],
    network_mode: "none",
    volumes: [
      { type: "bind", source: `./database-users`, target: folder, read_only: true },
      socketMount(users),
    ],
    tmpfs: ["/tmp:rw,nosuid,nodev,size=16m"],
    depends_on: { [server.name]: { condition: "service_healthy" } },
    restart: "no",
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: "128m",
    memswap_limit: "128m",
    pids_limit: 32,
  };
}

/** The name of a server's script in the folder of scripts. */
export function scriptName({ server }: ServerUsers): string {
  return `${server.name}.sh`;
}

/** The script that brings a server's users to their rights: the statements that the Pulumi program runs as well. */
export function usersScript({ server, kind, users }: ServerUsers): string {
  const { client, grant } = dialects[kind];
  const variables = users.map(({ password }) => variableName(password.secret));
  return [
    `# Brings the database users of ${server.name} to their rights. It can be repeated at any time.`,
    "set -eu",
    `for password in ${variables.map((variable) => `"$${variable}"`).join(" ")}; do`,
    "  case $password in",
    "    '' | *[!A-Za-z0-9_-]*)",
    "      echo 'Passwords of database users are letters, digits, _ and - only: see .env' >&2",
    "      exit 1 ;;",
    "  esac",
    "done",
    ...users.flatMap((user) => [
      `${client(user.database).map(shellWord).join(" ")} <<SQL`,
      hereDocument(grant({ ...user, password: placeholder })).replaceAll(
        placeholder,
        `\${${variableName(user.password.secret)}}`,
      ),
      "SQL",
    ]),
    "",
  ].join("\n");
}

/** Text as it stands in a shell's here-document. */
function hereDocument(text: string): string {
  return text.replace(/^\n+|\s+$/g, "").replace(/[\\$`]/g, "\\$&");
}
