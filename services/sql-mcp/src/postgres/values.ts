import { types } from "pg";
import type { Value } from "../database";
import { float, integer, json } from "../values";

/** The driver's type numbers, as plain numbers: a column may have any. */
const builtins: Record<keyof typeof types.builtins, number> = types.builtins;
const NAMES = new Map(Object.entries(builtins).map(([name, oid]) => [oid, name.toLowerCase()]));

/** The array types whose elements are told apart, and the type of their elements. */
const ARRAYS = new Map<number, { element: number; name: string }>([
  [1000, { element: builtins.BOOL, name: "bool[]" }],
  [1005, { element: builtins.INT2, name: "int2[]" }],
  [1007, { element: builtins.INT4, name: "int4[]" }],
  [1009, { element: builtins.TEXT, name: "text[]" }],
  [1015, { element: builtins.VARCHAR, name: "varchar[]" }],
  [1016, { element: builtins.INT8, name: "int8[]" }],
  [1021, { element: builtins.FLOAT4, name: "float4[]" }],
  [1022, { element: builtins.FLOAT8, name: "float8[]" }],
  [1231, { element: builtins.NUMERIC, name: "numeric[]" }],
  [2951, { element: builtins.UUID, name: "uuid[]" }],
]);
const TEXT_ARRAY = 1009;

/** The name of a type by its number; undefined for the database's own types, which only its catalogue knows. */
export function typeName(oid: number): string | undefined {
  return NAMES.get(oid) ?? ARRAYS.get(oid)?.name;
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
  const array = ARRAYS.get(oid);
  if (!array) return text;
  const parse = (types.getTypeParser as (oid: number) => unknown)(TEXT_ARRAY) as (value: string) => Value;
  return decodeElements(array.element, parse(text));
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
