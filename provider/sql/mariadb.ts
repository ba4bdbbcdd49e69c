import type { DatabaseAccess } from "../../topology/types";
import type { DatabaseUserRights } from "./dialects";

/** What a user may do within its database. */
const privileges: Record<Exclude<DatabaseAccess, "monitor">, string> = {
  read: "SELECT, SHOW VIEW",
  write: "SELECT, SHOW VIEW, INSERT, UPDATE, DELETE",
  owner:
    "SELECT, SHOW VIEW, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, TRIGGER",
};

/** Statements that bring a user of MariaDB to its rights, whatever they were before. */
export function grantMariadbUser({ name, database, access, password }: DatabaseUserRights): string {
  const user = account(name);
  return `
    CREATE USER IF NOT EXISTS ${user};
    ALTER USER ${user} IDENTIFIED BY ${literal(password)} WITH MAX_USER_CONNECTIONS 32 ACCOUNT UNLOCK;
    REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user};
    GRANT ${granted(access, database)} TO ${user};
  `;
}

/** Statistics are the whole server's: `PROCESS` shows them, and no row of any table. */
function granted(access: DatabaseAccess, database: string): string {
  return access === "monitor" ? "PROCESS ON *.*" : `${privileges[access]} ON ${identifier(database)}.*`;
}

/** A statement that locks a user out; what it made stays. */
export function disableMariadbUser({ name }: DatabaseUserRights): string {
  return `ALTER USER IF EXISTS ${account(name)} ACCOUNT LOCK;`;
}

function account(name: string): string {
  return `${literal(name)}@'%'`;
}

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
