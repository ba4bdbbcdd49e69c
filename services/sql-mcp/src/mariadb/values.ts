import type { FieldInfo } from "mariadb";
import type { Value } from "../database";
import { integer, json } from "../values";
import { ToldError } from "../told-error";

/** The name of a column's type as a user would write it, without its length. */
export function typeName(field: FieldInfo): string {
  if (field.isDataTypeFormatJson()) return "json";
  if (field.dataTypeName) return field.dataTypeName.toLowerCase();
  const { type, flags } = field as { type: string; flags: number };
  if (flags & flag.enum) return "enum";
  if (flags & flag.set) return "set";
  const isBinary = field.collation.index === binaryCollation;
  if (type.endsWith("BLOB"))
    return `${sizeOfText(field.columnLength, isBinary)}${isBinary ? "blob" : "text"}`;
  if (type === "VAR_STRING" || type === "VARCHAR") return isBinary ? "varbinary" : "varchar";
  if (type === "STRING") return isBinary ? "binary" : "char";
  const name = names[type] ?? type.toLowerCase();
  return flags & flag.unsigned && numbers.has(type) ? `${name} unsigned` : name;
}

/** Flags of a column. Source: MariaDB's documentation of the column definition packet. */
const flag = { unsigned: 1 << 5, enum: 1 << 8, set: 1 << 11 };

/** The types of which there are two, with a sign and without; others carry the flag as well. */
const numbers = new Set([
  ...["TINY", "SHORT", "INT24", "INT", "BIGINT"],
  ...["FLOAT", "DOUBLE", "DECIMAL", "NEWDECIMAL"],
]);

/** The collation of bytes. */
const binaryCollation = 63;

/** The driver's names of types, which are those of the protocol, where SQL has another. */
const names: Readonly<Record<string, string>> = {
  TINY: "tinyint",
  SHORT: "smallint",
  INT24: "mediumint",
  NEWDECIMAL: "decimal",
  NEWDATE: "date",
  TIMESTAMP2: "timestamp",
  DATETIME2: "datetime",
  TIME2: "time",
};

/** The protocol has one type for all texts and bytes that are long, and tells how long; texts are sent as utf8mb4. */
function sizeOfText(bytes: number, isBinary: boolean): "" | "tiny" | "medium" | "long" {
  const length = isBinary ? bytes : bytes / 4;
  if (length < 2 ** 8) return "tiny";
  if (length < 2 ** 16) return "";
  return length < 2 ** 24 ? "medium" : "long";
}

/**
 * What the driver read as a value of a result. It is set up to give dates and decimals as text and large integers as
 * bigint; bytes become hexadecimal as MariaDB writes them.
 */
export function decode(field: FieldInfo, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return integer(value.toString());
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return field.isDataTypeFormatJson() ? json(value) : value;
  if (Buffer.isBuffer(value)) return `0x${value.toString("hex").toUpperCase()}`;
  if (value instanceof Date) return value.toISOString();
  // Booleans, and geometries, which the driver gives as GeoJSON.
  return value as Value;
}

/** How large a decoded value is in a result, nearly. */
export function size(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value).length : 8;
}

/** A parameter that MariaDB has no value for. */
export class NoValueError extends ToldError {}

/**
 * A parameter as the driver takes it; an object goes as JSON text.
 * @throws NoValueError for a list: MariaDB has none, and as JSON text it would be compared with what was meant by none of it.
 */
export function encode(value: Value): null | boolean | number | string {
  if (Array.isArray(value))
    throw new NoValueError(
      "A parameter is a list, which MariaDB has no value for: write one ? for each of its elements, or give JSON as text",
    );
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
