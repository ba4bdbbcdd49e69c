import type { DatabaseAccess } from "../../topology/types";
import type { DatabaseUserRights } from "./rights";

/** What a user may do within its database; statistics are the whole server's: `PROCESS` shows them, and no row of any table. */
const privileges: Record<DatabaseAccess, string> = {
  monitor: "PROCESS",
  read: "SELECT, SHOW VIEW",
  write: "SELECT, SHOW VIEW, INSERT, UPDATE, DELETE",
  owner:
    "SELECT, SHOW VIEW, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, TRIGGER",
};

/** Most connections of one user. */
export const connectionLimit = 32;

/**
 * Statements that bring a user of MariaDB to its rights, whatever they were before: it is made anew, with which rights, roles and
 * other ways to log in are gone. What it made is nobody's here, and stays.
 */
export function grantMariadbUser(rights: DatabaseUserRights): string {
  const { name, access, password } = rights;
  const user = account(name);
  return `
    CREATE OR REPLACE USER ${user} IDENTIFIED BY ${literal(password)} WITH MAX_USER_CONNECTIONS ${connectionLimit};
    ${places(rights)
      .map(({ on }) => `GRANT ${privileges[access]} ON ${on} TO ${user};`)
      .join(" ")}
    SET @undo = IF(EXISTS(SELECT 1 FROM mysql.global_priv WHERE User = 'PUBLIC' AND Host = ''),
      'REVOKE ALL PRIVILEGES, GRANT OPTION FROM PUBLIC', 'DO 0');
    EXECUTE IMMEDIATE @undo;
  `;
}

/** What is granted for an access, one by one, and where: as the server's catalogs write it. */
export function privilegesOf(access: DatabaseAccess): string[] {
  return privileges[access].split(", ");
}

/** Where: as a statement and as the server's catalogs write it. What a database is called is a pattern there. */
export function places({
  access,
  database,
  reach = [database],
}: Pick<DatabaseUserRights, "access" | "database" | "reach">): { on: string; place: string }[] {
  if (access === "monitor") return [{ on: "*.*", place: "*.*" }];
  return reach.map((name) => {
    const pattern = name.replace(/[_%]/g, String.raw`\$&`);
    return { on: `${identifier(pattern)}.*`, place: `${pattern}.*` };
  });
}

/** A statement that locks a user out; what it made stays. */
export function disableMariadbUser({ name }: DatabaseUserRights): string {
  return `ALTER USER IF EXISTS ${account(name)} ACCOUNT LOCK;`;
}

/** A statement with which a user ends all of its own sessions: they keep the rights to everything that they began with. */
export function endMariadbSessions({ name }: DatabaseUserRights): string {
  return `KILL USER ${literal(name)};`;
}

export function account(name: string, host = "%"): string {
  return `${literal(name)}@${literal(host)}`;
}

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
