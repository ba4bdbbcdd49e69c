import type { ClientBase } from "pg";
import type { Value } from "../database";
import { parseArray, type Texts } from "./array-text";
import { decode } from "./values";

/** A type as the catalogue has it. */
interface Type {
  oid: number;
  /** As `describe_table` and psql write it, without a length. */
  name: string;
  /** Of which type a domain is. */
  base: number | null;
  /** Of which type the elements of an array are. */
  element: number | null;
  delimiter: string;
}

/** Types with smaller numbers are PostgreSQL's own, and the same as long as the server runs. */
const FIRST_OWN = 16384;

/** Types by their numbers, with those that they are made of. What is written as a list is one of `array_out`; int2vector is not. */
const TYPES = `
WITH RECURSIVE reached AS (
  SELECT t.oid, t.typbasetype, t.typelem, t.typdelim, t.typoutput FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::oid[])
  UNION
  SELECT t.oid, t.typbasetype, t.typelem, t.typdelim, t.typoutput
  FROM reached r JOIN pg_catalog.pg_type t ON t.oid IN (r.typbasetype, r.typelem)
)
SELECT oid::int8, pg_catalog.format_type(oid, NULL) AS name, NULLIF(typbasetype, 0)::int8 AS base,
  CASE WHEN typoutput = 'pg_catalog.array_out'::regproc THEN typelem::int8 END AS element, typdelim AS delimiter
FROM reached`;

/** What a result's columns are called by their type, and how their texts are read. */
export interface ColumnType {
  name: string;
  read: (text: string | null) => Value;
}

/** Knows the types of a database: it asks the catalogue, once for PostgreSQL's own. */
export class Types {
  private readonly known = new Map<number, Type>();

  /** The types of columns, in their order. One that is gone meanwhile is called by its number. */
  async of(client: ClientBase, oids: readonly number[]): Promise<ColumnType[]> {
    const types = await this.find(client, oids);
    return oids.map((oid) => ({
      name: types.get(oid)?.name ?? `oid ${oid}`,
      read: (text) => (text === null ? null : read(types, oid, text)),
    }));
  }

  private async find(client: ClientBase, oids: readonly number[]): Promise<ReadonlyMap<number, Type>> {
    const unknown = [...new Set(oids)].filter((oid) => !this.known.has(oid));
    if (unknown.length === 0) return this.known;
    const { rows } = await client.query<Record<keyof Type, string | null>>(TYPES, [unknown]);
    const found = rows.map((row): Type => ({
      oid: Number(row.oid),
      name: row.name ?? "",
      base: row.base === null ? null : Number(row.base),
      element: row.element === null ? null : Number(row.element),
      delimiter: row.delimiter ?? ",",
    }));
    found.filter(({ oid }) => oid < FIRST_OWN).forEach((type) => this.known.set(type.oid, type));
    return new Map([...this.known, ...found.map((type) => [type.oid, type] as const)]);
  }
}

function read(types: ReadonlyMap<number, Type>, oid: number, text: string): Value {
  const type = types.get(oid);
  if (type?.base) return read(types, type.base, text);
  if (!type?.element) return decode(oid, text);
  return readAll(types, type.element, parseArray(text, type.delimiter));
}

function readAll(types: ReadonlyMap<number, Type>, element: number, texts: Texts): Value[] {
  return texts.map((text) => {
    if (text === null) return null;
    return typeof text === "string" ? read(types, element, text) : readAll(types, element, text);
  });
}
