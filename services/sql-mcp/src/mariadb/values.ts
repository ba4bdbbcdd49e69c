import type { FieldInfo } from "mariadb";
import type { Value } from "../database";
import { float, integer } from "../values";
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
 * bigint; bytes become hexadecimal as MariaDB writes them, and JSON documents stay as it writes them.
 */
export function decode(field: FieldInfo, value: unknown): Value {
  if (value === null || value === undefined) return null;
  const { type, scale } = field as { type: string; scale: number };
  if (type === "GEOMETRY") return geometry(value);
  if (typeof value === "bigint") return integer(value.toString());
  if (typeof value === "number") return float(String(type === "FLOAT" ? shortest(value) : value));
  if (typeof value === "string") return /^TIME2?$/.test(type) ? time(value, scale) : value;
  if (Buffer.isBuffer(value) && type === "BIT") return bits(field, value);
  if (Buffer.isBuffer(value)) return `0x${value.toString("hex").toUpperCase()}`;
  // The labels of a set, which the driver takes apart.
  if (Array.isArray(value)) return value.join(",");
  return value instanceof Date ? value.toISOString() : (value as Value);
}

/** Bits: one of them is true or false, more are bytes. Of an expression, COALESCE for one, MariaDB sends the digits of a decimal number. */
function bits(field: FieldInfo, value: Buffer): boolean | string {
  const { columnLength } = field;
  const text = value.toString("latin1");
  const isNumber = field.orgTable() === "" && /^\d+$/.test(text);
  const number = BigInt(isNumber ? text : `0x${value.toString("hex") || "0"}`);
  if (columnLength === 1) return number === 1n;
  return `0x${number
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(columnLength / 8) * 2, "0")}`;
}

/** A geometry as the text of its GeoJSON. For NULL the driver gives one with a type and nothing else. */
function geometry(value: unknown): string | null {
  const parts = value as { coordinates?: unknown; geometries?: unknown };
  return parts.coordinates === undefined && parts.geometries === undefined ? null : JSON.stringify(value);
}

/** The number with the fewest digits that is the same FLOAT: the driver gives its four bytes as a double, 0.1 as 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** A time with as many digits behind its point as its type has; the driver writes six of them, or none. */
function time(text: string, scale: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  const digits = scale > 6 ? 6 : scale;
  return digits === 0 ? whole : `${whole}.${fraction.padEnd(6, "0").slice(0, digits)}`;
}

/** How large a decoded value is in a result, nearly. */
export function size(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value).length : 8;
}

/** A parameter that MariaDB has no value for. */
export class NoValueError extends ToldError {}

/**
 * A parameter as the driver takes it; an object goes as JSON text, and a whole number as one: the driver sends what is larger than
 * 32 bits as a double, and a text it is written to would be `1e15`.
 * @throws NoValueError for a list: MariaDB has none, and as JSON text it would be compared with what was meant by none of it.
 */
export function encode(value: Value): null | boolean | number | bigint | string {
  if (Array.isArray(value))
    throw new NoValueError(
      "A parameter is a list, which MariaDB has no value for: write one ? for each of its elements, or give JSON as text",
    );
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
