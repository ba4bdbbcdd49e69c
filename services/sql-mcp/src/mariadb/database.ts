import {
  createConnection,
  createPool,
  type FieldInfo,
  type Pool,
  type PoolConnection,
  type UpsertResult,
} from "mariadb";
import type { Database, Rows, Statement, Value, Written } from "../database";
import { KeptConnection } from "../kept-connection";
import { RowCollector } from "../rows";
import type { Limits, Settings } from "../settings";
import { integer, json } from "../values";
import { describeTable, listTables } from "./catalog";
import { decode, encode, size, typeName } from "./values";

/** How long the database may take longer than its own timeout before its connection is taken for dead. */
const GRACE_MS = 5000;

type Access = "READ ONLY" | "READ WRITE";

/** Opens a MariaDB database. */
export function openMariadb(settings: Settings): Database {
  const { connection, connections, limits } = settings;
  const options = {
    ...connection,
    connectTimeout: 3000,
    keepAliveDelay: 30_000,
    multipleStatements: false,
    permitLocalInfile: false,
    // Values as they are; `decode` makes JSON of them.
    dateStrings: true,
    autoJsonMap: false,
    rowsAsArray: true,
    // Each statement is prepared, run and closed, so that nothing of one call is left for the next.
    prepareCacheLength: 0,
  };
  const pool = createPool({
    ...options,
    connectionLimit: connections,
    // None is opened ahead of time: the database may still be starting.
    minimumIdle: 0,
    idleTimeout: 60,
    acquireTimeout: 5000,
    // Settings, user variables, temporary tables and locks of one call never reach the next.
    resetAfterUse: true,
  });
  // The pool drops a connection that breaks; its error must not end the process.
  pool.on("connection", (opened) => opened.on("error", () => undefined));
  // A connection of its own: the probe must not wait behind long statements.
  const probe = new KeptConnection({
    open: async (lost) => {
      const opened = await createConnection({ ...options, connectTimeout: 2000 });
      opened.on("error", lost);
      opened.on("end", lost);
      return opened;
    },
    ping: async (opened) => void (await opened.query({ sql: "SELECT 1", timeout: 2000 })),
    close: async (opened) => opened.destroy(),
  });

  const transaction = <T>(access: Access, work: (connection: PoolConnection) => Promise<T>) =>
    inTransaction(pool, access, limits, work);
  return {
    listTables: (schema) => transaction("READ ONLY", (opened) => listTables(opened, limits, schema)),
    describeTable: (table, schema) =>
      transaction("READ ONLY", (opened) => describeTable(opened, table, schema ?? connection.database)),
    query: (statement) =>
      transaction("READ ONLY", async (opened): Promise<Rows> => {
        const { affectedRows: _, lastInsertId: __, ...rows } = await run(opened, statement, limits);
        return rows;
      }),
    execute: (statement) => transaction("READ WRITE", (opened) => run(opened, statement, limits)),
    explain: ({ sql, parameters }, analyze) =>
      transaction("READ ONLY", async (opened): Promise<Value> => {
        const explained = `${analyze ? "ANALYZE" : "EXPLAIN"} FORMAT=JSON ${sql}`;
        const { rows } = await run(opened, { sql: explained, parameters }, limits);
        const plan = Object.values(rows[0] ?? {})[0] ?? null;
        return typeof plan === "string" ? json(plan) : plan;
      }),
    ping: () => probe.ping(),
    close: async () => {
      await Promise.all([pool.end(), probe.close()]);
    },
  };
}

/** Runs work in a transaction of a connection of its own. */
async function inTransaction<T>(
  pool: Pool,
  access: Access,
  { milliseconds, rows }: Limits,
  work: (connection: PoolConnection) => Promise<T>,
): Promise<T> {
  const connection = await pool.getConnection();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.destroy();
  }, milliseconds + GRACE_MS);
  try {
    // The session is read-only as well: were the transaction ended by a statement, the next would still not write.
    // sql_select_limit keeps the database from sending rows that would only be thrown away.
    await connection.query(
      `SET SESSION max_statement_time = ${milliseconds / 1000}, SESSION sql_select_limit = ${rows + 1}, ` +
        `SESSION tx_read_only = ${access === "READ ONLY" ? 1 : 0}`,
    );
    await connection.query(`START TRANSACTION ${access}`);
    const result = await work(connection);
    await connection.query(access === "READ ONLY" ? "ROLLBACK" : "COMMIT");
    return result;
  } catch (error) {
    if (late) throw new Error(`The database did not answer within ${(milliseconds + GRACE_MS) / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
    // Rolls back what is still open, and resets the session.
    if (connection.isValid()) await connection.release().catch(() => connection.destroy());
  }
}

/** Prepares and runs one statement, which takes a single statement only, and reads its rows up to the limits. */
async function run(
  connection: PoolConnection,
  { sql, parameters }: Statement,
  limits: Limits,
): Promise<Written> {
  const prepared = await connection.prepare({ sql, rowsAsArray: true });
  try {
    const collector = new RowCollector(limits);
    const result = (await prepared.execute(parameters.map(encode))) as unknown[][] | UpsertResult;
    if (!Array.isArray(result)) {
      return {
        ...collector.result(),
        affectedRows: Number(result.affectedRows),
        ...(result.insertId ? { lastInsertId: integer(String(result.insertId)) } : {}),
      };
    }
    const { meta } = result as unknown as { meta: FieldInfo[] };
    collector.describe(meta.map((field) => ({ name: field.name(), type: typeName(field) })));
    for (const row of result) {
      const values = row.map((value, index) => decode(meta[index] as FieldInfo, value));
      if (
        !collector.add(
          values,
          values.reduce<number>((sum, value) => sum + size(value), 0),
        )
      )
        break;
    }
    return { ...collector.result(), affectedRows: 0 };
  } finally {
    prepared.close();
  }
}
