import type { ClientBase } from "pg";
import type { Column, Domain, ForeignKey, Index, Table, TableDescription, TableList } from "../database";
import type { Limits } from "../settings";
import { NAMES_ASKED, unknownSchema, unknownTable } from "../unknown-name";

const TABLE_COLUMNS = `
  n.nspname AS schema,
  c.relname AS name,
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
  CASE WHEN c.relkind IN ('v', 'f') OR c.reltuples < 0 THEN NULL ELSE c.reltuples::float8 END AS "estimatedRows",
  obj_description(c.oid, 'pg_class') AS comment`;

const IS_TABLE = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";

const IS_OF_USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

const LIST_TABLES = `
SELECT ${TABLE_COLUMNS}
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_TABLE} AND NOT c.relispartition AND has_schema_privilege(n.oid, 'USAGE')
  AND CASE WHEN $1::text IS NULL THEN ${IS_OF_USERS} ELSE n.nspname = $1 END
ORDER BY 1, 2
LIMIT $2`;

const SCHEMA =
  "SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = $1 AND has_schema_privilege(n.oid, 'USAGE')";

const SCHEMAS = `
SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace n
WHERE ${IS_OF_USERS} AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1
LIMIT $1`;

const TABLES = `
SELECT c.relname::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_TABLE} AND CASE WHEN $1::text IS NULL THEN ${IS_OF_USERS} AND pg_table_is_visible(c.oid) ELSE n.nspname = $1 END
ORDER BY 1
LIMIT $2`;

const UNREACHABLE = `
SELECT nspname::text AS name FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT has_schema_privilege(oid, 'USAGE')
ORDER BY 1
LIMIT $1`;

const FIND_TABLE = `
SELECT c.oid, ${TABLE_COLUMNS}, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
  (SELECT json_build_object('schema', pn.nspname, 'table', p.relname, 'rows', pg_get_expr(c.relpartbound, c.oid))
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid AND c.relispartition) AS "partitionOf"
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_TABLE} AND c.relname = $1 AND has_schema_privilege(n.oid, 'USAGE')
  AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;

const COLUMNS = `
SELECT a.attnum AS number, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid, true) END AS "default",
  CASE
    WHEN a.attidentity = 'a' THEN 'always as identity'
    WHEN a.attidentity = 'd' THEN 'by default as identity'
    WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid, true)
  END AS generated,
  col_description(a.attrelid, a.attnum) AS comment
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`;

/** The types that the columns' types are made of: what a domain is of, and what is in an array; the outermost first. */
const PARTS = `
WITH RECURSIVE part AS (
  SELECT a.attnum AS number, 0 AS depth, a.atttypid AS oid
  FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT p.number, p.depth + 1, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
  FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid
  WHERE t.typtype = 'd' OR t.typoutput = 'pg_catalog.array_out'::regproc
)
SELECT p.number, t.typtype AS kind, format_type(p.oid, NULL) AS name, format_type(t.typbasetype, t.typtypmod) AS "baseType",
  ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = p.oid ORDER BY e.enumsortorder) AS labels,
  (SELECT coalesce(json_agg(json_build_object('name', o.conname, 'definition', pg_get_constraintdef(o.oid, true)) ORDER BY o.conname), '[]')
    FROM pg_catalog.pg_constraint o WHERE o.contypid = p.oid AND o.contype = 'c') AS checks
FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid
WHERE t.typtype IN ('d', 'e')
ORDER BY p.number, p.depth`;

const ACTION = (column: string) => `
  CASE ${column} WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
    WHEN 'd' THEN 'SET DEFAULT' END`;

const CONSTRAINTS = `
SELECT o.contype AS kind, o.conname AS name,
  ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(num, pos)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.pos) AS columns,
  fn.nspname AS "foreignSchema", fc.relname AS "foreignTable",
  ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(num, pos)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.pos) AS "foreignColumns",
  ${ACTION("o.confdeltype")} AS "onDelete", ${ACTION("o.confupdtype")} AS "onUpdate",
  pg_get_constraintdef(o.oid, true) AS definition
FROM pg_catalog.pg_constraint o
LEFT JOIN pg_catalog.pg_class fc ON fc.oid = o.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
WHERE o.conrelid = $1 AND o.contype IN ('p', 'f', 'c')
ORDER BY o.conname`;

const INDEXES = `
SELECT ic.relname AS name, i.indisunique AS unique, am.amname AS method,
  ARRAY(SELECT COALESCE(a.attname::text, pg_get_indexdef(i.indexrelid, pos, true))
    FROM generate_series(1, i.indnkeyatts) pos
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[pos - 1] AND a.attnum > 0
    ORDER BY pos) AS columns,
  ARRAY(SELECT a.attname::text
    FROM generate_series(i.indnkeyatts + 1, i.indnatts) pos
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[pos - 1]
    ORDER BY pos) AS include,
  pg_get_expr(i.indpred, i.indrelid, true) AS "where"
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = ic.relam
WHERE i.indrelid = $1
ORDER BY ic.relname`;

interface Found extends Table {
  oid: number;
  partitionKey: string | null;
  partitionOf: TableDescription["partitionOf"] | null;
}

/** A domain or an enum in a column's type. */
interface Part {
  number: number;
  kind: "d" | "e";
  name: string;
  baseType: string | null;
  labels: string[];
  checks: Domain["checks"];
}

interface Constraint {
  kind: "p" | "f" | "c";
  name: string;
  columns: string[];
  foreignSchema: string;
  foreignTable: string;
  foreignColumns: string[];
  onDelete: string;
  onUpdate: string;
  definition: string;
}

/** The tables and views outside PostgreSQL's own schemas, or of one; of a partitioned table the whole, not its parts. */
export async function listTables(client: ClientBase, limits: Limits, schema?: string): Promise<TableList> {
  if (schema !== undefined) await findSchema(client, schema);
  const { rows } = await client.query<Table>(LIST_TABLES, [schema ?? null, limits.rows + 1]);
  const others = await client.query<{ name: string }>(UNREACHABLE, [limits.rows]);
  const unreachable = others.rows.map(({ name }) => name);
  return {
    tables: rows.slice(0, limits.rows),
    truncated: rows.length > limits.rows,
    ...(unreachable.length > 0 ? { unreachable } : {}),
  };
}

async function findSchema(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query(SCHEMA, [schema]);
  if (rowCount === 0) throw unknownSchema(schema, await names(client, SCHEMAS, [NAMES_ASKED]));
}

async function names(client: ClientBase, sql: string, parameters: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql, parameters);
  return rows.map(({ name }) => name);
}

/** Describes a table; without a schema, the one that the search path finds. */
export async function describeTable(
  client: ClientBase,
  table: string,
  schema?: string,
): Promise<TableDescription> {
  if (schema !== undefined) await findSchema(client, schema);
  const found = await client.query<Found>(FIND_TABLE, [table, schema ?? null]);
  const [row] = found.rows;
  if (!row) throw unknownTable(table, schema, await names(client, TABLES, [schema ?? null, NAMES_ASKED]));
  const { oid, partitionOf, ...head } = row;
  const { rows: columns } = await client.query<Column & { number: number }>(COLUMNS, [oid]);
  const { rows: parts } = await client.query<Part>(PARTS, [oid]);
  const { rows: constraints } = await client.query<Constraint>(CONSTRAINTS, [oid]);
  const { rows: indexes } = await client.query<Required<Index>>(INDEXES, [oid]);
  return {
    ...head,
    ...(partitionOf ? { partitionOf } : {}),
    columns: columns.map(({ number, ...column }) => ({
      ...column,
      ...madeOf(parts.filter((part) => part.number === number)),
    })),
    primaryKey: constraints.find(({ kind }) => kind === "p")?.columns ?? [],
    foreignKeys: constraints.filter(({ kind }) => kind === "f").map(toForeignKey),
    indexes: indexes.map(({ where, include, ...index }) => ({
      ...index,
      ...(where ? { where } : {}),
      ...(include.length > 0 ? { include } : {}),
    })),
    checks: constraints
      .filter(({ kind }) => kind === "c")
      .map(({ name, definition }) => ({ name, definition })),
  };
}

/** What is known of a column's type: the outermost domain by its name, with the checks of all that are in it. */
function madeOf(parts: readonly Part[]): Pick<Column, "labels" | "domain"> {
  const domains = parts.filter(({ kind }) => kind === "d");
  const labels = parts.find(({ kind }) => kind === "e")?.labels;
  const [outermost] = domains;
  const domain = outermost && {
    name: outermost.name,
    baseType: domains.at(-1)?.baseType ?? "",
    checks: domains.flatMap(({ checks }) => checks),
  };
  return { ...(labels ? { labels } : {}), ...(domain ? { domain } : {}) };
}

function toForeignKey(key: Constraint): ForeignKey {
  const { name, columns, onDelete, onUpdate } = key;
  const references = { schema: key.foreignSchema, table: key.foreignTable, columns: key.foreignColumns };
  return { name, columns, references, onDelete, onUpdate };
}
