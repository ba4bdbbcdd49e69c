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

export interface TableList {
  tables: Table[];
  truncated: boolean;
  /** Schemas whose tables the user may not reach; left out where there are none, or where none of them can be seen. */
  unreachable?: string[];
}

/** What a domain allows, of those that it is made of as well. */
export interface Domain {
  name: string;
  baseType: string;
  checks: { name: string; definition: string }[];
}

export interface Column {
  name: string;
  type: string;
  nullable: boolean;
  default: string | null;
  generated: string | null;
  comment: string | null;
  /** The labels of an enum (of MariaDB's sets, too), or of what an array or a domain has of it. */
  labels?: string[];
  /** Where its type is a domain or an array of one (PostgreSQL). */
  domain?: Domain;
}

export interface ForeignKey {
  name: string;
  columns: string[];
  references: { schema: string; table: string; columns: string[] };
  /** What becomes of the rows here: `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`. */
  onDelete: string;
  onUpdate: string;
}

export interface Index {
  name: string;
  /** Their names, or the expressions. */
  columns: string[];
  unique: boolean;
  method: string;
  /** Which rows are in it, where not all are (PostgreSQL). */
  where?: string;
  /** Columns that it holds besides those it finds rows by (PostgreSQL). */
  include?: string[];
}

export interface TableDescription extends Table {
  columns: Column[];
  primaryKey: string[];
  foreignKeys: ForeignKey[];
  indexes: Index[];
  checks: { name: string; definition: string }[];
  /** By what a partitioned table is divided, `RANGE (day)` for one; null for any other. */
  partitionKey: string | null;
  /** Of which table it is a partition, and with which rows (PostgreSQL). */
  partitionOf?: { schema: string; table: string; rows: string };
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
  /**
   * The tables and views of a schema; without one, of all but the database's own.
   * @throws UnknownNameError with the schemas that there are.
   */
  listTables(schema?: string, signal?: AbortSignal): Promise<TableList>;
  /** @throws UnknownNameError with the tables that there are in its place. */
  describeTable(table: string, schema?: string, signal?: AbortSignal): Promise<TableDescription>;
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
