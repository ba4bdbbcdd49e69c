import type { DatabaseKind } from "../../topology/types";
import { disableMariadbUser, endMariadbSessions, grantMariadbUser } from "./mariadb";
import { judgeMariadb, mariadbQuestion } from "./mariadb-accounts";
import { disablePostgresUser, endPostgresSessions, grantPostgresUser } from "./postgres";
import { judgePostgres, postgresQuestion } from "./postgres-accounts";
import type { DatabaseUserRights, Deviation } from "./rights";

interface Dialect {
  /** The client that runs statements from its standard input, as the server's administrator over its socket. */
  client: (database: string) => string[];
  /** Statements that bring a user to its rights, and may be repeated at any time. */
  grant: (user: DatabaseUserRights) => string;
  /** Statements that lock a user out. */
  disable: (user: DatabaseUserRights) => string;
  /** What ends the sessions that a user has, which may have begun with more rights than it has now. */
  endSessions: (user: DatabaseUserRights) => Run;
  /** Options of the client with which it prints values and nothing else. */
  bare: string[];
  /** A statement that lists all that there is for a user's `reach` to name, one a line. */
  places: string;
  /** Statements that ask for all of a server's accounts, and what they may do in the database. They change nothing. */
  question: string;
  /** What of the answer is not as these users, all of one database, make it. */
  judge: (answer: string, users: readonly DatabaseUserRights[]) => Deviation[];
  /** A statement as an argument of the client. */
  statement: (statement: string) => string[];
}

/** A client to be run, and what it is given. */
export interface Run {
  client: string[];
  statements: string;
  /** Variables that are of no use in an argument, which others see. */
  variables?: Record<string, string>;
}

/** How each kind of server is told about its users, and asked about them. */
export const dialects: Record<DatabaseKind, Dialect> = {
  postgres: {
    client: psql,
    grant: grantPostgresUser,
    disable: disablePostgresUser,
    endSessions: (user) => ({ client: psql(user.database), statements: endPostgresSessions(user) }),
    bare: ["-tA"],
    places: "SELECT nspname FROM pg_namespace;",
    question: postgresQuestion,
    judge: judgePostgres,
    statement: (statement) => ["psql", "-U", "postgres", "-c", statement],
  },
  mariadb: {
    client: (database) => ["mariadb", "-u", "mysql", "-D", database],
    grant: grantMariadbUser,
    disable: disableMariadbUser,
    // As the user itself: it may always do that, and the administrator of the socket may not.
    endSessions: (user) => ({
      client: ["mariadb", "--protocol=tcp", "-h", "127.0.0.1", "-u", user.name],
      statements: endMariadbSessions(user),
      variables: { MYSQL_PWD: user.password },
    }),
    bare: ["--batch", "--raw", "--skip-column-names"],
    places: "SHOW DATABASES;",
    question: mariadbQuestion,
    judge: judgeMariadb,
    statement: (statement) => ["mariadb", "-u", "mysql", "-e", statement],
  },
};

function psql(database: string): string[] {
  return [
    ...["psql", "-U", "postgres", "-d", database],
    ...["-v", "ON_ERROR_STOP=1", "-qX", "--single-transaction", "-f", "-"],
  ];
}
