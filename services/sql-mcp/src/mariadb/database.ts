import {
  type Connection,
  type ConnectionConfig,
  createConnection,
  type FieldInfo,
  type Prepare,
  type UpsertResult,
} from "mariadb";
import type { Database, Rows, Statement, Value, Written } from "../database";
import { answering, EndedError, endingAt, type Ending, TimeLimitError } from "../ended";
import { KeptConnection } from "../kept-connection";
import { ParametersError } from "../parameters";
import { RowCollector } from "../rows";
import type { Limits, Settings } from "../settings";
import { isReading } from "../statement";
import { integer, json } from "../values";
import { describeTable, listTables } from "./catalog";
import { Connections } from "./connections";
import { decode, encode, size, typeName } from "./values";

/** How long a call waits for a connection when all are in use. */
const PATIENCE_MS = 5000;

/** Rows as the driver gives them, all at once. */
type Returned = unknown[][] & { meta: FieldInfo[] };

/** What a statement gave: rows, what it changed, or several of both where it called a procedure. */
type Given = Returned | UpsertResult | (Returned | UpsertResult)[];

/** What a transaction may do; READ WRITE ones are committed, the others are not. */
type Access = "READ ONLY" | "READ WRITE" | "ROLLED BACK";

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
    bitOneIsBoolean: false,
    // Rows are counted as the database counts them for its own client: those that were changed.
    foundRows: false,
    rowsAsArray: true,
    // Each statement is prepared, run and closed, so that nothing of one call is left for the next.
    prepareCacheLength: 0,
  };
  const pool = new Connections(options, connections, PATIENCE_MS);
  // A connection of its own: the probe must not wait behind long statements.
  const probe = new KeptConnection({
    open: async (lost) => {
      const opened = await createConnection({ ...options, connectTimeout: 2000 });
      opened.on("error", lost);
      opened.on("end", lost);
      return opened;
    },
    ping: async (opened) => void (await opened.query({ sql: "SELECT 1", timeout: 2000 })),
    close: (opened) => opened.end(),
    drop: (opened) => opened.destroy(),
  });

  const transaction = <T>(
    access: Access,
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ) =>
    pool.use(
      (opened) =>
        inTransaction(
          { connection: opened, access, limits, signal, ending: endingOf(opened, options) },
          work,
        ),
      signal,
    );
  return {
    listTables: (schema, signal) =>
      transaction("READ ONLY", signal, (opened) => listTables(opened, limits, schema)),
    describeTable: (table, schema, signal) =>
      transaction("READ ONLY", signal, (opened) =>
        describeTable(opened, table, schema ?? connection.database),
      ),
    query: (statement, signal) =>
      transaction("READ ONLY", signal, (opened) => readRows(opened, statement, limits)),
    execute: (statement, signal) =>
      transaction("READ WRITE", signal, (opened) => write(opened, statement, limits)),
    explain: ({ sql, parameters }, analyze, signal) => {
      const explained = `${analyze ? "ANALYZE" : "EXPLAIN"} FORMAT=JSON ${sql}`;
      // A read-only transaction refuses even the plan of a statement that writes.
      const writes = settings.access === "write" && !analyze && !isReading(sql, "mariadb");
      return transaction(writes ? "ROLLED BACK" : "READ ONLY", signal, async (opened): Promise<Value> => {
        const { rows } = await readRows(opened, { sql: explained, parameters }, limits);
        const plan = Object.values(rows[0] ?? {})[0] ?? null;
        return typeof plan === "string" ? json(plan) : plan;
      });
    },
    ping: () => probe.ping(),
    pool: () => pool.state(),
    close: async () => {
      await Promise.all([pool.end(), probe.close()]);
    },
  };
}

/** What a transaction is run with. */
interface Transaction {
  connection: Connection;
  access: Access;
  limits: Limits;
  signal: AbortSignal | undefined;
  ending: Ending;
}

/** Runs work in a transaction. What it leaves open is rolled back when the connection is given back. */
async function inTransaction<T>(
  { connection, access, limits: { milliseconds, rows }, signal, ending }: Transaction,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const readOnly = access === "READ ONLY";
  try {
    const result = await endingAt({ signal, milliseconds }, ending, async () => {
      // The session is read-only as well: were the transaction ended by a statement, the next would still not write.
      // sql_select_limit keeps the database from sending rows that would only be thrown away. Texts are compared as the
      // server compares Unicode, not as the driver was once made for.
      await connection.query(
        `SET NAMES utf8mb4, SESSION max_statement_time = ${milliseconds / 1000}, SESSION sql_select_limit = ${rows + 1}, ` +
          `SESSION tx_read_only = ${readOnly ? 1 : 0}`,
      );
      await connection.query(`START TRANSACTION ${readOnly ? "READ ONLY" : "READ WRITE"}`);
      const began = performance.now();
      const given = await work(connection);
      // Functions that take time, BENCHMARK for one, give a value where the time limit ends them, and no error.
      if (performance.now() - began >= milliseconds) throw new TimeLimitError(milliseconds);
      return given;
    });
    if (access === "READ WRITE") {
      await answering(milliseconds, ending.drop, () => connection.query("COMMIT"));
    }
    return result;
  } catch (error) {
    if (error instanceof EndedError) connection.destroy();
    throw error;
  }
}

/** Ends what runs on a connection, and the connection with it, over a further one. */
function endingOf(connection: Connection, options: ConnectionConfig): Ending {
  return {
    ask: async () => {
      const other = await createConnection({ ...options, connectTimeout: 2000, socketTimeout: 2000 });
      other.on("error", () => undefined);
      try {
        await other.query(`KILL CONNECTION ${connection.threadId}`);
      } finally {
        other.destroy();
      }
    },
    drop: () => connection.destroy(),
  };
}

/** Runs one statement that reads, and takes rows up to the limits; more of them cost the connection. */
async function readRows(connection: Connection, statement: Statement, limits: Limits): Promise<Rows> {
  const collector = new RowCollector(limits);
  let fields: FieldInfo[] = [];
  const prepared = await prepare(connection, statement);
  const stream = prepared.executeStream(statement.parameters.map(encode));
  stream.once("fields", (read: FieldInfo[]) => {
    fields = read;
    collector.describe(fields.map((field) => ({ name: field.name(), type: typeName(field) })));
  });
  // `for await` would destroy the stream where it stops early, and the driver then waits for it for ever.
  await new Promise<void>((resolve, reject) => {
    stream.on("data", (row: unknown) => {
      // What gives no rows, SELECT … INTO for one, gives how many it changed.
      if (!Array.isArray(row) || collect(collector, fields, row)) return;
      stream.removeAllListeners("data");
      connection.destroy();
      resolve();
    });
    stream.once("end", resolve).on("error", reject);
  });
  if (connection.isValid()) prepared.close();
  return collector.result();
}

/** Runs one statement that may write; its rows, of RETURNING or of a procedure's query, come all at once. */
async function write(connection: Connection, statement: Statement, limits: Limits): Promise<Written> {
  if (isReading(statement.sql, "mariadb")) {
    return { ...(await readRows(connection, statement, limits)), affectedRows: 0 };
  }
  const collector = new RowCollector(limits);
  const given = await run(connection, statement);
  const parts = Array.isArray(given) && !isRows(given) ? given : [given];
  const [rows, ...further] = parts.filter(isRows);
  const changed = parts.find((part) => !isRows(part)) as UpsertResult | undefined;
  if (rows) {
    collector.describe(rows.meta.map((field) => ({ name: field.name(), type: typeName(field) })));
    rows.every((row) => collect(collector, rows.meta, row));
  }
  const result = collector.result();
  return {
    ...result,
    // Only one result has a place here.
    truncated: result.truncated || further.length > 0,
    affectedRows: Number(changed?.affectedRows ?? (returning.test(statement.sql) ? rows?.length : 0)),
    ...(changed?.insertId ? { lastInsertId: integer(String(changed.insertId)) } : {}),
  };
}

/** Runs a statement prepared, or as it is where it is none that can be prepared; the driver takes one alone there, too. */
async function run(connection: Connection, statement: Statement): Promise<Given> {
  const { sql, parameters } = statement;
  let prepared: Prepare;
  try {
    prepared = await prepare(connection, statement);
  } catch (error) {
    if (parameters.length > 0 || (error as { errno?: number }).errno !== notPrepared) throw error;
    return connection.query<Given>({ sql, rowsAsArray: true });
  }
  try {
    return await prepared.execute<Given>(parameters.map(encode));
  } finally {
    if (connection.isValid()) prepared.close();
  }
}

/**
 * Prepares a statement, which takes a single one only, and sends its parameters apart from it.
 * @throws ParametersError where there are fewer values, of which the driver says the whole statement, or more, which it leaves out.
 */
async function prepare(connection: Connection, { sql, parameters }: Statement): Promise<Prepare> {
  // The driver's types leave the count out.
  const prepared = (await connection.prepare({ sql, rowsAsArray: true })) as Prepare & {
    parameterCount: number;
  };
  if (prepared.parameterCount === parameters.length) return prepared;
  prepared.close();
  throw new ParametersError("mariadb", prepared.parameterCount, parameters.length);
}

/** ER_UNSUPPORTED_PS, for EXECUTE IMMEDIATE for one. */
const notPrepared = 1295;

/** Rows of a statement that has this word are those that it changed. */
const returning = /\breturning\b/i;

function isRows(part: Given): part is Returned {
  return Array.isArray(part) && "meta" in part;
}

function collect(collector: RowCollector, fields: FieldInfo[], row: unknown[]): boolean {
  const values = fields.map((field, index) => decode(field, row[index]));
  return collector.add(
    values,
    values.reduce<number>((sum, value) => sum + size(value), 0),
  );
}
