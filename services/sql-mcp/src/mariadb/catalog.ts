import type { Connection } from "mariadb";
import type { Column, Table, TableDescription } from "../database";
import type { Limits } from "../settings";
import { NAMES_ASKED, unknownSchema, unknownTable } from "../unknown-name";

const TABLE_COLUMNS = `
  TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name, LOWER(REPLACE(TABLE_TYPE, 'BASE TABLE', 'TABLE')) AS kind,
  TABLE_ROWS AS estimatedRows, NULLIF(IF(TABLE_TYPE LIKE '%VIEW', '', TABLE_COMMENT), '') AS comment`;

const IS_OF_USERS = "NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')";

/** Names as they were written: the catalogue compares them without regard to case and accents, and there may be both. */
const IS_TABLE =
  "TABLE_SCHEMA = ? AND TABLE_NAME = ? AND BINARY TABLE_NAME = BINARY CONVERT(? USING utf8mb3)";

const LIST_TABLES = `
SELECT ${TABLE_COLUMNS} FROM information_schema.TABLES
WHERE IF(? IS NULL, TABLE_SCHEMA ${IS_OF_USERS}, TABLE_SCHEMA = ?)
ORDER BY TABLE_SCHEMA, TABLE_NAME
LIMIT ?`;

const SCHEMA = "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";

const SCHEMAS = `
SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME ${IS_OF_USERS}
ORDER BY SCHEMA_NAME
LIMIT ?`;

const TABLES =
  "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME LIMIT ?";

const FIND_TABLE = `SELECT ${TABLE_COLUMNS} FROM information_schema.TABLES WHERE ${IS_TABLE}`;

const COLUMNS = `
SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE = 'YES' AS nullable, NULLIF(COLUMN_DEFAULT, 'NULL') AS \`default\`,
  NULLIF(COALESCE(GENERATION_EXPRESSION, IF(EXTRA REGEXP 'auto_increment|on update', EXTRA, '')), '') AS \`generated\`,
  NULLIF(COLUMN_COMMENT, '') AS comment
FROM information_schema.COLUMNS WHERE ${IS_TABLE}
ORDER BY ORDINAL_POSITION`;

const KEYS = `
SELECT k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS \`column\`, k.REFERENCED_TABLE_SCHEMA AS foreignSchema,
  k.REFERENCED_TABLE_NAME AS foreignTable, k.REFERENCED_COLUMN_NAME AS foreignColumn,
  r.DELETE_RULE AS onDelete, r.UPDATE_RULE AS onUpdate
FROM (SELECT * FROM information_schema.KEY_COLUMN_USAGE WHERE ${IS_TABLE} AND REFERENCED_TABLE_NAME IS NOT NULL) k
LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS r
  ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
  AND BINARY r.TABLE_NAME = BINARY k.TABLE_NAME
ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION`;

const INDEXES = `
SELECT INDEX_NAME AS name, COLUMN_NAME AS \`column\`, NON_UNIQUE = 0 AS isUnique, LOWER(INDEX_TYPE) AS method
FROM information_schema.STATISTICS WHERE ${IS_TABLE}
ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

const CHECKS = `
SELECT CONSTRAINT_NAME AS name, CHECK_CLAUSE AS definition FROM information_schema.CHECK_CONSTRAINTS
WHERE ${IS_TABLE.replace("TABLE_SCHEMA", "CONSTRAINT_SCHEMA")}
ORDER BY CONSTRAINT_NAME`;

const PARTITION_KEY = `
SELECT CONCAT(PARTITION_METHOD, ' (', COALESCE(PARTITION_EXPRESSION, ''), ')',
  COALESCE(CONCAT(' ', SUBPARTITION_METHOD, ' (', COALESCE(SUBPARTITION_EXPRESSION, ''), ')'), '')) AS partitionKey
FROM information_schema.PARTITIONS WHERE ${IS_TABLE} AND PARTITION_NAME IS NOT NULL
LIMIT 1`;

interface TableRow extends Omit<Table, "estimatedRows"> {
  estimatedRows: bigint | number | null;
}
interface KeyRow {
  name: string;
  column: string;
  foreignSchema: string;
  foreignTable: string;
  foreignColumn: string;
  onDelete: string | null;
  onUpdate: string | null;
}
interface IndexRow {
  name: string;
  column: string;
  isUnique: number;
  method: string;
}

/** The tables and views outside MariaDB's own schemas, or of one; the database shows those the user has a grant on. */
export async function listTables(
  connection: Connection,
  limits: Limits,
  schema?: string,
): Promise<{ tables: Table[]; truncated: boolean }> {
  if (schema !== undefined) await findSchema(connection, schema);
  const parameters = [schema ?? null, schema ?? null, limits.rows + 1];
  const rows = await select<TableRow>(connection, LIST_TABLES, parameters);
  return { tables: rows.slice(0, limits.rows).map(toTable), truncated: rows.length > limits.rows };
}

async function findSchema(connection: Connection, schema: string): Promise<void> {
  const found = await select<{ name: string }>(connection, SCHEMA, [schema]);
  if (found.length === 0) throw unknownSchema(schema, await names(connection, SCHEMAS, [NAMES_ASKED]));
}

async function names(connection: Connection, sql: string, parameters: unknown[]): Promise<string[]> {
  return (await select<{ name: string }>(connection, sql, parameters)).map(({ name }) => name);
}

/** Describes a table of a schema, which in MariaDB is the same as a database. */
export async function describeTable(
  connection: Connection,
  table: string,
  schema: string,
): Promise<TableDescription> {
  await findSchema(connection, schema);
  const name = [schema, table, table];
  const [row] = await select<TableRow>(connection, FIND_TABLE, name);
  if (!row) throw unknownTable(table, schema, await names(connection, TABLES, [schema, NAMES_ASKED]));
  const columns = await select<Column>(connection, COLUMNS, name);
  const [partitioned] = await select<{ partitionKey: string }>(connection, PARTITION_KEY, name);
  const indexes = groupByName(await select<IndexRow>(connection, INDEXES, name));
  const foreign = groupByName(await select<KeyRow>(connection, KEYS, name));
  return {
    ...toTable(row),
    columns: columns.map((column) => ({
      ...column,
      nullable: Boolean(column.nullable),
      ...labelsOf(column.type),
    })),
    primaryKey: indexes.get("PRIMARY")?.map(({ column }) => column) ?? [],
    foreignKeys: [...foreign].map(([key, parts]) => ({
      name: key,
      columns: parts.map(({ column }) => column),
      references: {
        schema: parts[0]?.foreignSchema ?? "",
        table: parts[0]?.foreignTable ?? "",
        columns: parts.map(({ foreignColumn }) => foreignColumn),
      },
      onDelete: parts[0]?.onDelete ?? "",
      onUpdate: parts[0]?.onUpdate ?? "",
    })),
    indexes: [...indexes].map(([index, parts]) => ({
      name: index,
      columns: parts.map(({ column }) => column),
      unique: Boolean(parts[0]?.isUnique),
      method: parts[0]?.method ?? "",
    })),
    checks: await select<TableDescription["checks"][number]>(connection, CHECKS, name),
    partitionKey: partitioned?.partitionKey ?? null,
  };
}

/** The labels in `enum('a','b''c')` and `set(…)`. */
function labelsOf(type: string): Pick<Column, "labels"> {
  if (!/^(?:enum|set)\(/.test(type)) return {};
  return {
    labels: [...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = ""]) => label.replaceAll("''", "'")),
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
