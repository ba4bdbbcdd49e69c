import { docker, DockerError } from "../../engine/docker";
import type { DatabaseKind } from "../../topology/types";
import type { DatabaseUserRights } from "./dialects";

/** How a user logs in to a kind of server, and how the server says that it may not. */
interface Login {
  /** Over the network, where the server asks for the password; its own socket is the administrator's. */
  command: (user: DatabaseUserRights) => string[];
  passwordVariable: string;
  refused: RegExp;
}

const logins: Record<DatabaseKind, Login> = {
  postgres: {
    // By the container's name and not by the loopback, which the usual rules of access trust.
    command: ({ name, database }) => [
      ...["sh", "-c", 'exec psql -h "$(hostname -i | cut -d" " -f1)" -U "$1" -d "$2" -qtAXc "SELECT 1"'],
      ...["login", name, database],
    ],
    passwordVariable: "PGPASSWORD",
    refused:
      /password authentication failed|role .* does not exist|not permitted to log in|permission denied for database/,
  },
  mariadb: {
    // One that monitors has no right to any database, and none is needed to be let in.
    command: ({ name, database, access }) => [
      ...["mariadb", "--protocol=tcp", "-h", "127.0.0.1", "-u", name],
      ...[...(access === "monitor" ? [] : ["-D", database]), "-e", "SELECT 1"],
    ],
    passwordVariable: "MYSQL_PWD",
    refused: /ERROR (1045|1044|4151)\b/,
  },
};

/**
 * Why a server does not let a user in with its password, in the server's words; undefined where it does, and where that can't
 * be told, as with a server that does not answer.
 */
export async function refusedLogin(
  containerId: string,
  user: DatabaseUserRights,
): Promise<string | undefined> {
  const { command, passwordVariable, refused } = logins[user.kind];
  try {
    // The variable is named without its value, which would show in the list of processes.
    await docker(["exec", "--env", passwordVariable, containerId, ...command(user)], {
      env: { [passwordVariable]: user.password },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    return error.stderr
      .split("\n")
      .find((line) => refused.test(line))
      ?.trim();
  }
}
