import type { ClientBase } from "pg";
import type { Table, TableDescription } from "../database";
import type { Limits } from "../settings";

const TABLE_COLUMNS = `
  n.nspname AS schema,
  c.relname AS name,
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
  CASE WHEN c.relkind IN ('v', 'f') OR c.reltuples < 0 THEN NULL ELSE c.reltuples::float8 END AS "estimatedRows",
  obj_description(c.oid, 'pg_class') AS comment`;

const IS_TABLE = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";

const LIST_TABLES = `
SELECT ${TABLE_COLUMNS}
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_TABLE} AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT c.relispartition
  AND has_schema_privilege(n.oid, 'USAGE') AND ($1::text IS NULL OR n.nspname = $1)
ORDER BY 1, 2
LIMIT $2`;

const FIND_TABLE = `
SELECT c.oid, ${TABLE_COLUMNS}
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_TABLE} AND c.relname = $1 AND has_schema_privilege(n.oid, 'USAGE')
  AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;

const COLUMNS = `
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
  CASE
    WHEN a.attidentity = 'a' THEN 'always as identity'
    WHEN a.attidentity = 'd' THEN 'by default as identity'
    WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid)
  END AS generated,
  col_description(a.attrelid, a.attnum) AS comment
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`;

const CONSTRAINTS = `
SELECT o.contype AS kind, o.conname AS name,
  ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(num, pos)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.pos) AS columns,
  fn.nspname AS "foreignSchema", fc.relname AS "foreignTable",
  ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(num, pos)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.pos) AS "foreignColumns",
  pg_get_constraintdef(o.oid) AS definition
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
    ORDER BY pos) AS columns
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = ic.relam
WHERE i.indrelid = $1
ORDER BY ic.relname`;

interface Constraint {
  kind: "p" | "f" | "c";
  name: string;
  columns: string[];
  foreignSchema: string;
  foreignTable: string;
  foreignColumns: string[];
  definition: string;
}

/** The tables and views outside PostgreSQL's own schemas; of a partitioned table the whole, not its parts. */
export async function listTables(
  client: ClientBase,
  limits: Limits,
  schema?: string,
): Promise<{ tables: Table[]; truncated: boolean }> {
  const { rows } = await client.query<Table>(LIST_TABLES, [schema ?? null, limits.rows + 1]);
  return { tables: rows.slice(0, limits.rows), truncated: rows.length > limits.rows };
}

/** Describes a table; without a schema, the one that the search path finds. */
export async function describeTable(
  client: ClientBase,
  table: string,
  schema?: string,
): Promise<TableDescription | undefined> {
  const found = await client.query<Table & { oid: number }>(FIND_TABLE, [table, schema ?? null]);
  const [row] = found.rows;
  if (!row) return undefined;
  const { oid, ...head } = row;
  const { rows: columns } = await client.query<TableDescription["columns"][number]>(COLUMNS, [oid]);
  const { rows: constraints } = await client.query<Constraint>(CONSTRAINTS, [oid]);
  const { rows: indexes } = await client.query<TableDescription["indexes"][number]>(INDEXES, [oid]);
  return {
    ...head,
    columns,
    primaryKey: constraints.find(({ kind }) => kind === "p")?.columns ?? [],
    foreignKeys: constraints
      .filter(({ kind }) => kind === "f")
      .map((key) => ({
        name: key.name,
        columns: key.columns,
        references: { schema: key.foreignSchema, table: key.foreignTable, columns: key.foreignColumns },
      })),
    indexes,
    checks: constraints
      .filter(({ kind }) => kind === "c")
      .map(({ name, definition }) => ({ name, definition })),
  };
}
