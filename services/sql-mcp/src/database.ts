/** One value of a result: what JSON can hold without loss; everything else is text as the database writes it. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** A statement's result, cut to the limits. */
export interface Rows {
  columns: { name: string; type: string }[];
  rows: Record<string, Value>[];
  /** Whether rows were left out because of the row limit or the size bound. */
  truncated: boolean;
}

/** What a statement that writes did. */
export interface Written extends Rows {
  affectedRows: number;
  /** The first id that the database generated for the rows (MariaDB). */
  lastInsertId?: number | string;
}

export interface Table {
  schema: string;
  name: string;
  kind: string;
  /** The planner's estimate, null where there is none. */
  estimatedRows: number | null;
  comment: string | null;
}

export interface TableDescription extends Table {
  columns: {
    name: string;
    type: string;
    nullable: boolean;
    default: string | null;
    generated: string | null;
    comment: string | null;
  }[];
  primaryKey: string[];
  foreignKeys: {
    name: string;
    columns: string[];
    references: { schema: string; table: string; columns: string[] };
  }[];
  indexes: { name: string; columns: string[]; unique: boolean; method: string }[];
  checks: { name: string; definition: string }[];
}

/** One statement and the values of its parameters, `$1…` in PostgreSQL and `?` in MariaDB. */
export interface Statement {
  sql: string;
  parameters: Value[];
}

/** How the connections that calls share are used at a moment. */
export interface Pool {
  idle: number;
  used: number;
  /** Calls that wait for a connection to come free. */
  waiting: number;
}

/**
 * What the tools need of a database. Every call is one transaction on a connection nobody else uses meanwhile. Where the
 * signal of a call aborts, the database ends the call's statement and rolls it back.
 */
export interface Database {
  listTables(schema?: string, signal?: AbortSignal): Promise<{ tables: Table[]; truncated: boolean }>;
  /** Undefined where there is no such table, or none the user may see. */
  describeTable(table: string, schema?: string, signal?: AbortSignal): Promise<TableDescription | undefined>;
  /** Runs a statement in a transaction that can't write, and rolls it back. */
  query(statement: Statement, signal?: AbortSignal): Promise<Rows>;
  /** Runs a statement in a transaction of its own and commits it. */
  execute(statement: Statement, signal?: AbortSignal): Promise<Written>;
  /** The plan of a statement; `analyze` runs it, in a transaction that can't write. */
  explain(statement: Statement, analyze: boolean, signal?: AbortSignal): Promise<Value>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  pool(): Pool;
  close(): Promise<void>;
}
