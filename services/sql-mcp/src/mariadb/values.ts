import type { FieldInfo } from "mariadb";
import type { Value } from "../database";
import { integer, json } from "../values";

/** The name of a column's type as a user would write it. */
export function typeName(field: FieldInfo): string {
  if (field.isDataTypeFormatJson()) return "json";
  return (field.dataTypeName ?? field.type).toLowerCase();
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

/** A parameter as the driver takes it; lists and objects go as JSON text. */
export function encode(value: Value): null | boolean | number | string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
