import type { DatabaseAccess, DatabaseKind } from "../../topology/types";
import { disableMariadbUser, grantMariadbUser } from "./mariadb";
import { disablePostgresUser, grantPostgresUser } from "./postgres";

/** A user of a database, and what it may do there. */
export interface DatabaseUserRights {
  kind: DatabaseKind;
  database: string;
  name: string;
  access: DatabaseAccess;
  password: string;
}

interface Dialect {
  /** The client that runs statements from its standard input, as the server's administrator over its socket. */
  client: (database: string) => string[];
  /** Statements that bring a user to its rights, and may be repeated at any time. */
  grant: (user: DatabaseUserRights) => string;
  /** Statements that lock a user out. */
  disable: (user: DatabaseUserRights) => string;
}

/** How each kind of server is told about its users. */
export const dialects: Record<DatabaseKind, Dialect> = {
  postgres: {
    client: (database) => [
      ...["psql", "-U", "postgres", "-d", database],
      ...["-v", "ON_ERROR_STOP=1", "-qX", "--single-transaction", "-f", "-"],
    ],
    grant: grantPostgresUser,
    disable: disablePostgresUser,
  },
  mariadb: {
    client: (database) => ["mariadb", "-u", "mysql", "-D", database],
    grant: grantMariadbUser,
    disable: disableMariadbUser,
  },
};
