import { Client, type ClientBase, Pool, type PoolClient } from "pg";
import type { Database, Rows, Statement, Value, Written } from "../database";
import { KeptConnection } from "../kept-connection";
import type { Limits, Settings } from "../settings";
import { mayChange } from "../statement";
import { describeTable, listTables } from "./catalog";
import { Portal, type PortalResult } from "./portal";
import { decodeArray, typeName } from "./values";

/** How long the database may take longer than its own timeout before its connection is taken for dead. */
const GRACE_MS = 5000;

type Access = "READ ONLY" | "READ WRITE";

/** Opens a PostgreSQL database. */
export function openPostgres(settings: Settings): Database {
  const { connection, connections, limits } = settings;
  const options = {
    ...connection,
    application_name: "sql-mcp",
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  };
  const pool = new Pool({ ...options, max: connections, idleTimeoutMillis: 60_000 });
  // A connection that breaks, when the database restarts for one, is dropped by the pool and made anew by the next
  // call. Without these listeners its error would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  // A connection of its own: the probe must not wait behind long statements.
  const probe = new KeptConnection({
    open: async (lost) => {
      const client = new Client({ ...options, connectionTimeoutMillis: 2000 });
      client.on("error", lost).on("end", lost);
      await client.connect();
      return client;
    },
    ping: async (client) => void (await client.query("SELECT 1")),
    close: (client) => client.end(),
  });

  const transaction = <T>(access: Access, work: (client: ClientBase) => Promise<T>) =>
    inTransaction(pool, access, limits, work);
  return {
    listTables: (schema) => transaction("READ ONLY", (client) => listTables(client, limits, schema)),
    describeTable: (table, schema) =>
      transaction("READ ONLY", (client) => describeTable(client, table, schema)),
    query: (statement) =>
      transaction("READ ONLY", async (client) => toRows(client, await runPortal(client, statement, limits))),
    execute: (statement) =>
      transaction("READ WRITE", async (client): Promise<Written> => {
        const result = await runPortal(client, statement, limits, mayChange(statement.sql, "postgres"));
        return { ...(await toRows(client, result)), affectedRows: affectedBy(result) };
      }),
    explain: ({ sql, parameters }, analyze) =>
      transaction("READ ONLY", async (client): Promise<Value> => {
        const explained = `EXPLAIN (FORMAT JSON, ANALYZE ${analyze}) ${sql}`;
        const { collector } = await runPortal(client, { sql: explained, parameters }, limits);
        return collector.result().rows[0]?.["QUERY PLAN"] ?? null;
      }),
    ping: () => probe.ping(),
    pool: () => ({
      idle: pool.idleCount,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: async () => {
      await Promise.all([pool.end(), probe.close()]);
    },
  };
}

/**
 * Runs work in a transaction of a connection of its own, and hands the connection back as if it were new: settings,
 * prepared statements, temporary tables and advisory locks of one call never reach the next.
 */
async function inTransaction<T>(
  pool: Pool,
  access: Access,
  { milliseconds }: Limits,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client: PoolClient = await pool.connect();
  const { stream } = (client as unknown as { connection: { stream: { destroy: (error: Error) => void } } })
    .connection;
  const late = setTimeout(
    () =>
      stream.destroy(new Error(`The database did not answer within ${(milliseconds + GRACE_MS) / 1000} s`)),
    milliseconds + GRACE_MS,
  );
  let failed = true;
  try {
    // The SELECT takes the transaction's snapshot, after which PostgreSQL refuses SET TRANSACTION READ WRITE.
    await client.query(`BEGIN ${access}; SET LOCAL statement_timeout = ${milliseconds}; SELECT 1`);
    const result = await work(client);
    await client.query(access === "READ ONLY" ? "ROLLBACK" : "COMMIT");
    failed = false;
    return result;
  } finally {
    const clean = await cleanUp(client, failed);
    clearTimeout(late);
    client.release(!clean);
  }
}

async function cleanUp(client: ClientBase, failed: boolean): Promise<boolean> {
  try {
    if (failed) await client.query("ROLLBACK");
    await client.query("DISCARD ALL");
    return true;
  } catch {
    return false;
  }
}

/** @param toItsEnd whether it is read on behind the limits, as only its end tells what it changed */
function runPortal(
  client: ClientBase,
  statement: Statement,
  limits: Limits,
  toItsEnd = false,
): Promise<PortalResult> {
  return new Promise((resolve, reject) => {
    client.query(
      new Portal({ ...statement, limits, toItsEnd }, (error, result) =>
        error ? reject(error) : resolve(result),
      ),
    );
  });
}

/** How many rows a statement changed: each gives one back, or its tag counts them; that of a table made by a query is `SELECT`. */
function affectedBy({ tag, fields, count }: PortalResult): number {
  if (fields.length > 0) return /^(?:INSERT|UPDATE|DELETE|MERGE)\b/.test(tag) ? count : 0;
  return Number(/^(?:INSERT|UPDATE|DELETE|MERGE|COPY|SELECT)\b.* (\d+)$/.exec(tag)?.[1] ?? 0);
}

/** The result with the names of the types that only the database's catalogue knows, enums and domains for two, and their arrays. */
async function toRows(client: ClientBase, { collector, fields }: PortalResult): Promise<Rows> {
  const result = collector.result();
  const unknown = fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => typeName(oid) === undefined);
  if (unknown.length === 0) return result;
  const found = await client.query<OwnType>(
    "SELECT oid, format_type(oid, NULL) AS name, typcategory = 'A' AND typdelim = ',' AS \"isArray\" " +
      "FROM pg_catalog.pg_type WHERE oid = ANY($1::oid[])",
    [unknown],
  );
  const byOid = new Map(found.rows.map((type) => [Number(type.oid), type]));
  const own = fields.map(({ dataTypeID }) => byOid.get(dataTypeID));
  const columns = result.columns.map(({ name, type }, index) => ({ name, type: own[index]?.name ?? type }));
  const arrays = columns.filter((_, index) => own[index]?.isArray).map(({ name }) => name);
  const list = (value: Value | undefined) =>
    typeof value === "string" ? decodeArray(value) : (value ?? null);
  const rows = result.rows.map((row) => ({
    ...row,
    ...Object.fromEntries(arrays.map((name) => [name, list(row[name])])),
  }));
  return { ...result, columns, rows };
}

/** A type of the database's own. */
interface OwnType {
  oid: number;
  name: string;
  isArray: boolean;
}
