import type { Connection } from "mariadb";
import type { Table, TableDescription } from "../database";
import type { Limits } from "../settings";

const TABLE_COLUMNS = `
  TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name, LOWER(REPLACE(TABLE_TYPE, 'BASE TABLE', 'TABLE')) AS kind,
  TABLE_ROWS AS estimatedRows, NULLIF(IF(TABLE_TYPE LIKE '%VIEW', '', TABLE_COMMENT), '') AS comment`;

const LIST_TABLES = `
SELECT ${TABLE_COLUMNS} FROM information_schema.TABLES
WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')
  AND (? IS NULL OR TABLE_SCHEMA = ?)
ORDER BY TABLE_SCHEMA, TABLE_NAME
LIMIT ?`;

const FIND_TABLE = `SELECT ${TABLE_COLUMNS} FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`;

const COLUMNS = `
SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE = 'YES' AS nullable, NULLIF(COLUMN_DEFAULT, 'NULL') AS \`default\`,
  NULLIF(COALESCE(GENERATION_EXPRESSION, IF(EXTRA LIKE '%auto_increment%', 'auto_increment', '')), '') AS generated,
  NULLIF(COLUMN_COMMENT, '') AS comment
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
ORDER BY ORDINAL_POSITION`;

const KEYS = `
SELECT CONSTRAINT_NAME AS name, COLUMN_NAME AS \`column\`, REFERENCED_TABLE_SCHEMA AS foreignSchema,
  REFERENCED_TABLE_NAME AS foreignTable, REFERENCED_COLUMN_NAME AS foreignColumn
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION`;

const INDEXES = `
SELECT INDEX_NAME AS name, COLUMN_NAME AS \`column\`, NON_UNIQUE = 0 AS isUnique, LOWER(INDEX_TYPE) AS method
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

const CHECKS = `
SELECT CONSTRAINT_NAME AS name, CHECK_CLAUSE AS definition FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?
ORDER BY CONSTRAINT_NAME`;

interface TableRow extends Omit<Table, "estimatedRows"> {
  estimatedRows: bigint | number | null;
}
interface KeyRow {
  name: string;
  column: string;
  foreignSchema: string;
  foreignTable: string;
  foreignColumn: string;
}
interface IndexRow {
  name: string;
  column: string;
  isUnique: number;
  method: string;
}

/** The tables and views outside MariaDB's own schemas; the database shows those the user has a grant on. */
export async function listTables(
  connection: Connection,
  limits: Limits,
  schema?: string,
): Promise<{ tables: Table[]; truncated: boolean }> {
  const parameters = [schema ?? null, schema ?? null, limits.rows + 1];
  const rows = await select<TableRow>(connection, LIST_TABLES, parameters);
  return { tables: rows.slice(0, limits.rows).map(toTable), truncated: rows.length > limits.rows };
}

/** Describes a table of a schema, which in MariaDB is the same as a database. */
export async function describeTable(
  connection: Connection,
  table: string,
  schema: string,
): Promise<TableDescription | undefined> {
  const name = [schema, table];
  const [row] = await select<TableRow>(connection, FIND_TABLE, name);
  if (!row) return undefined;
  const columns = await select<TableDescription["columns"][number]>(connection, COLUMNS, name);
  const indexes = groupByName(await select<IndexRow>(connection, INDEXES, name));
  const foreign = groupByName(await select<KeyRow>(connection, KEYS, name));
  return {
    ...toTable(row),
    columns: columns.map((column) => ({ ...column, nullable: Boolean(column.nullable) })),
    primaryKey: indexes.get("PRIMARY")?.map(({ column }) => column) ?? [],
    foreignKeys: [...foreign].map(([key, parts]) => ({
      name: key,
      columns: parts.map(({ column }) => column),
      references: {
        schema: parts[0]?.foreignSchema ?? "",
        table: parts[0]?.foreignTable ?? "",
        columns: parts.map(({ foreignColumn }) => foreignColumn),
      },
    })),
    indexes: [...indexes].map(([index, parts]) => ({
      name: index,
      columns: parts.map(({ column }) => column),
      unique: Boolean(parts[0]?.isUnique),
      method: parts[0]?.method ?? "",
    })),
    checks: await select<TableDescription["checks"][number]>(connection, CHECKS, name),
  };
}

/** The catalogue's own statements bring their own limit; the session's, meant for users' statements, must not cut them. */
async function select<T>(connection: Connection, sql: string, parameters: unknown[]): Promise<T[]> {
  const unlimited = `SET STATEMENT sql_select_limit = 18446744073709551615 FOR ${sql}`;
  return connection.query<T[]>({ sql: unlimited, rowsAsArray: false }, parameters);
}

function toTable({ estimatedRows, ...table }: TableRow): Table {
  return { ...table, estimatedRows: estimatedRows === null ? null : Number(estimatedRows) };
}

function groupByName<R extends { name: string }>(rows: R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row]);
  return groups;
}
