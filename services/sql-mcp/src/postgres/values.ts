import { types } from "pg";
import type { Value } from "../database";
import { float, integer } from "../values";

/** The driver's type numbers, as plain numbers: a column may have any. */
const builtins: Record<keyof typeof types.builtins, number> = types.builtins;

/**
 * A column's text as a value. Numbers and booleans are JSON's; decimals, dates, bytes, JSON documents and everything else stay as the
 * database writes them. A document has no other form that keeps all of it: its null would be SQL's, and large numbers others.
 */
export function decode(oid: number, text: string): Value {
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
    default:
      return text;
  }
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
