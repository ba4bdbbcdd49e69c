import type { DatabaseAccess } from "../../topology/types";

/** Groups that hold the rights; users only belong to them, so that a table made later is covered as well. */
export const readers = "mcp_read";
export const writers = "mcp_write";
/** Reads statistics of the whole server, and no row of any table. */
export const monitors = "mcp_monitor";

export const groups = [readers, writers, monitors];

/** The one group that a user is in. */
export const groupOf: Record<DatabaseAccess, string> = {
  read: readers,
  write: writers,
  owner: writers,
  monitor: monitors,
};

/** Which of the server's own and of the stack's groups belong to which; users come on top. */
export const memberships: readonly (readonly [group: string, member: string])[] = [
  [readers, writers],
  ["pg_monitor", monitors],
  // As the server has them from the start.
  ["pg_read_all_settings", "pg_monitor"],
  ["pg_read_all_stats", "pg_monitor"],
  ["pg_stat_scan_tables", "pg_monitor"],
];

/** Most connections of one user. */
export const connectionLimit = 32;

/** The setting that every user has. */
export function readOnlySetting(access: DatabaseAccess): string {
  return `default_transaction_read_only=${access === "read" || access === "monitor" ? "on" : "off"}`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** Texts as the list behind IN. */
export function literals(texts: readonly string[]): string {
  return texts.map(literal).join(", ");
}
