import type { Value } from "../../src/database";

/** What the database's own client would print of a value, where that is no matter of digits. */
function printed(value: Value, type: string): string {
  if (typeof value === "boolean") return type === "bit" ? `0x0${value ? 1 : 0}` : value ? "t" : "f";
  if (Array.isArray(value)) return `{${value.map((item) => element(item, type)).join(",")}}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** As PostgreSQL writes what is in an array. */
function element(value: Value, type: string): string {
  if (value === null) return "NULL";
  const text = printed(value, type);
  if (Array.isArray(value) || !/^$|^null$|[\s{}",\\]/i.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Whether a value is what a client printed: the same text, or of floating-point types the same number. */
export function agrees(value: Value | undefined, text: string | null, type: string): boolean {
  if (value === undefined) return false;
  if (text === null || value === null) return text === value;
  if (typeof value === "number" && /^(?:real|double|float)/.test(type)) {
    // MariaDB's client prints six digits of a float, rounded from what is stored and not from its shortest digits.
    const six = Math.fround(value).toPrecision(6);
    return Object.is(value, Number(text)) || (type === "float" && Number(six) === Number(text));
  }
  return printed(value, type) === text;
}
