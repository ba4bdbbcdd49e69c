import { Client, type ClientBase, Pool, type PoolClient } from "pg";
import type { Database, Rows, Statement, Value, Written } from "../database";
import { answering, EndedError, endingAt, type Limit } from "../ended";
import { KeptConnection } from "../kept-connection";
import type { Limits, Settings } from "../settings";
import { mayChange } from "../statement";
import { Turns } from "../turns";
import { json } from "../values";
import { endingOf } from "./cancel";
import { describeTable, listTables } from "./catalog";
import { Portal, type PortalResult } from "./portal";
import { Types } from "./types";

/** How long a call waits for a connection when all are in use. */
const PATIENCE_MS = 5000;

/** How often the database looks, while it works on a statement, whether its client is still there. */
const LOOK_MS = 1000;

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
  // Whoever has a turn finds a connection: the pool's own line gives the same error for one that is full and for a database
  // that does not answer.
  const turns = new Turns(connections, PATIENCE_MS);
  const pool = new Pool({ ...options, max: connections, idleTimeoutMillis: 60_000 });
  // A connection that breaks, when the database restarts for one, is dropped by the pool and made anew by the next
  // call. Without these listeners its error would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const types = new Types();
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
    drop: (client) => void client.end().catch(() => undefined),
  });

  const transaction = <T>(
    access: Access,
    signal: AbortSignal | undefined,
    work: (client: ClientBase) => Promise<T>,
  ) => {
    const limit = { signal, milliseconds: limits.milliseconds };
    return turns.run(() => inTransaction(pool, access, limit, work), signal);
  };
  return {
    listTables: (schema, signal) =>
      transaction("READ ONLY", signal, (client) => listTables(client, limits, schema)),
    describeTable: (table, schema, signal) =>
      transaction("READ ONLY", signal, (client) => describeTable(client, table, schema)),
    query: (statement, signal) =>
      transaction("READ ONLY", signal, async (client) =>
        toRows(client, types, await runPortal(client, statement, limits)),
      ),
    execute: (statement, signal) =>
      transaction("READ WRITE", signal, async (client): Promise<Written> => {
        const result = await runPortal(client, statement, limits, mayChange(statement.sql, "postgres"));
        return { ...(await toRows(client, types, result)), affectedRows: affectedBy(result) };
      }),
    explain: ({ sql, parameters }, analyze, signal) =>
      transaction("READ ONLY", signal, async (client): Promise<Value> => {
        const explain = `EXPLAIN (FORMAT JSON, ANALYZE ${analyze}) `;
        try {
          const { collector } = await runPortal(client, { sql: explain + sql, parameters }, limits);
          const plan = collector.result().rows[0]?.["QUERY PLAN"] ?? null;
          return typeof plan === "string" ? json(plan) : plan;
        } catch (error) {
          throw placedIn(error, explain);
        }
      }),
    ping: () => probe.ping(),
    pool: () => ({ idle: pool.idleCount, ...turns.state() }),
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
  limit: Limit,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const { milliseconds } = limit;
  const client: PoolClient = await pool.connect();
  const ending = endingOf(client);
  let failed = true;
  let ended = false;
  try {
    const result = await endingAt(limit, ending, async () => {
      // The SELECT takes the transaction's snapshot, after which PostgreSQL refuses SET TRANSACTION READ WRITE.
      await client.query(
        `BEGIN ${access}; SET LOCAL statement_timeout = ${milliseconds}; ` +
          `SET LOCAL client_connection_check_interval = ${LOOK_MS}; SELECT 1`,
      );
      return work(client);
    });
    const last = access === "READ ONLY" ? "ROLLBACK" : "COMMIT";
    await answering(milliseconds, ending.drop, () => client.query(last));
    failed = false;
    return result;
  } catch (error) {
    ended = error instanceof EndedError;
    throw error;
  } finally {
    const clean = !ended && (await answering(milliseconds, ending.drop, () => cleanUp(client, failed)));
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
  if (fields) return /^(?:INSERT|UPDATE|DELETE|MERGE)\b/.test(tag) ? count : 0;
  return Number(/^(?:INSERT|UPDATE|DELETE|MERGE|COPY|SELECT)\b.* (\d+)$/.exec(tag)?.[1] ?? 0);
}

/** The result with what its texts are as values of their types, and with these types' names. */
async function toRows(
  client: ClientBase,
  types: Types,
  { collector, fields = [] }: PortalResult,
): Promise<Rows> {
  const { columns, rows, truncated } = collector.result();
  const found = await types.of(
    client,
    fields.map(({ dataTypeID }) => dataTypeID),
  );
  const typed = found.map((type, index) => ({ ...type, column: columns[index]?.name ?? "" }));
  return {
    columns: typed.map(({ column, name }) => ({ name: column, type: name })),
    rows: rows.map((row) =>
      // The collector was given texts and nothing else.
      Object.fromEntries(typed.map(({ column, read }) => [column, read(row[column] as string | null)])),
    ),
    truncated,
  };
}

/** The error of a statement that was run behind further words, with its place in the statement alone. */
function placedIn(error: unknown, further: string): unknown {
  const { position } = error as { position?: string };
  if (error instanceof Error && position !== undefined)
    Object.assign(error, { position: String(Math.max(1, Number(position) - further.length)) });
  return error;
}
