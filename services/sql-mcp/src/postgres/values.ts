import { types } from "pg";
import type { Value } from "../database";
import { float, integer, json } from "../values";

/** The driver's type numbers, as plain numbers: a column may have any. */
const builtins: Record<keyof typeof types.builtins, number> = types.builtins;
const NAMES = new Map(Object.entries(builtins).map(([name, oid]) => [oid, name.toLowerCase()]));

/** PostgreSQL's own array types, by the type of their elements. Source: its catalogue, pg_type.dat. */
const ARRAY_OIDS = {
  [builtins.BOOL]: 1000,
  [builtins.BYTEA]: 1001,
  [builtins.CHAR]: 1002,
  [builtins.INT2]: 1005,
  [builtins.INT4]: 1007,
  [builtins.TEXT]: 1009,
  [builtins.BPCHAR]: 1014,
  [builtins.VARCHAR]: 1015,
  [builtins.INT8]: 1016,
  [builtins.FLOAT4]: 1021,
  [builtins.FLOAT8]: 1022,
  [builtins.OID]: 1028,
  [builtins.MACADDR]: 1040,
  [builtins.INET]: 1041,
  [builtins.TIMESTAMP]: 1115,
  [builtins.DATE]: 1182,
  [builtins.TIME]: 1183,
  [builtins.TIMESTAMPTZ]: 1185,
  [builtins.INTERVAL]: 1187,
  [builtins.NUMERIC]: 1231,
  [builtins.TIMETZ]: 1270,
  [builtins.BIT]: 1561,
  [builtins.VARBIT]: 1563,
  [builtins.CIDR]: 651,
  [builtins.MONEY]: 791,
  [builtins.JSON]: 199,
  [builtins.JSONB]: 3807,
  [builtins.XML]: 143,
  [builtins.UUID]: 2951,
};
const ELEMENTS = new Map(Object.entries(ARRAY_OIDS).map(([element, array]) => [array, Number(element)]));
const TEXT_ARRAY = 1009;

/** The name of a type by its number; undefined for the database's own types, which only its catalogue knows. */
export function typeName(oid: number): string | undefined {
  const element = ELEMENTS.get(oid);
  return element === undefined ? NAMES.get(oid) : `${NAMES.get(element)}[]`;
}

/** A column's text as a value. Decimals, dates, bytes and everything unknown stay as the database writes them. */
export function decode(oid: number, text: string | null): Value {
  if (text === null) return null;
  switch (oid) {
    case builtins.BOOL:
      return text === "t";
    case builtins.INT2:
    case builtins.INT4:
    case builtins.INT8:
    case builtins.OID:
      return integer(text);
    case builtins.FLOAT4:
    case builtins.FLOAT8:
      return float(text);
    case builtins.JSON:
    case builtins.JSONB:
      return json(text);
  }
  const element = ELEMENTS.get(oid);
  return element === undefined ? text : decodeArray(text, element);
}

/**
 * An array's text as a list, also of arrays.
 * @param element the type of what is in it; text where it is one of the database's own, of which only the catalogue tells.
 */
export function decodeArray(text: string, element: number = builtins.TEXT): Value {
  const parse = (types.getTypeParser as (oid: number) => unknown)(TEXT_ARRAY) as (value: string) => Value;
  return decodeElements(element, parse(text));
}

function decodeElements(oid: number, value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => decodeElements(oid, item));
  return decode(oid, value as string | null);
}

/**
 * A parameter as the text PostgreSQL reads: an array as an array literal, an object as JSON. An array for a json
 * column has to come as JSON text, since nothing tells the two apart here.
 */
export function encode(value: Value): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return `{${value.map(encodeElement).join(",")}}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function encodeElement(value: Value): string {
  if (Array.isArray(value)) return encode(value) ?? "NULL";
  const text = encode(value);
  return text === null ? "NULL" : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
