import type { Value } from "./database";

/** A whole number as JSON's number where that keeps its value, and as text beyond. */
export function integer(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** A floating-point number; those that JSON can't hold (NaN, Infinity, a zero below zero) stay text. */
export function float(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) && !Object.is(value, -0) ? value : text;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A plan, which the database writes as JSON, as a value; a number in it that JavaScript would change is its text. */
export function json(text: string): Value {
  const kept = text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || keepsValue(token) ? token : `"${token}"`,
  );
  try {
    return JSON.parse(kept) as Value;
  } catch {
    return text;
  }
}

/** Whether a number that is read as JavaScript's is still the same one: it is up to 15 digits, and beyond where it comes back. */
function keepsValue(token: string): boolean {
  const digits = token.replace(/[eE].*$/, "").replace(/\D/g, "");
  return (digits.length <= 15 && Number.isFinite(Number(token))) || String(Number(token)) === token;
}
