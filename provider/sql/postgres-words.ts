import type { DatabaseAccess } from "../../topology/types";
import type { DatabaseUserRights } from "./rights";

/**
 * Groups that hold the rights; users only belong to them, so that a table made later is covered as well. For each schema there is
 * one that reads and one that writes, those of `public` without its name.
 */
export const readers = "mcp_read";
export const writers = "mcp_write";
/** Reads statistics of the whole server, and no row of any table. */
export const monitors = "mcp_monitor";

/** What a user may reach where nothing else is said. */
export const usualSchemas: readonly string[] = ["public"];

/** A schema with the groups that have their rights there. */
export interface SchemaGroups {
  schema: string;
  readers: string;
  writers: string;
}

export function groupsOfSchema(schema: string): SchemaGroups {
  const end = schema === "public" ? "" : `_${schema}`;
  return { schema, readers: `${readers}${end}`, writers: `${writers}${end}` };
}

/** All groups of these schemas. */
export function groupsOf(schemas: readonly string[]): string[] {
  return [...schemas.map(groupsOfSchema).flatMap((one) => [one.readers, one.writers]), monitors];
}

/** The groups that a user is in. */
export function groupsOfUser({
  access,
  reach = usualSchemas,
}: Pick<DatabaseUserRights, "access" | "reach">): string[] {
  if (access === "monitor") return [monitors];
  return reach.map(groupsOfSchema).map((one) => (access === "read" ? one.readers : one.writers));
}

/** Which of the server's own and of the groups of these schemas belong to which; users come on top. */
export function memberships(schemas: readonly string[]): (readonly [group: string, member: string])[] {
  return [
    ...schemas.map(groupsOfSchema).map((one) => [one.readers, one.writers] as const),
    ["pg_monitor", monitors],
    // As the server has them from the start.
    ["pg_read_all_settings", "pg_monitor"],
    ["pg_read_all_stats", "pg_monitor"],
    ["pg_stat_scan_tables", "pg_monitor"],
  ];
}

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
