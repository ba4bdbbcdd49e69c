import type { Value } from "./database";

/** A whole number as JSON's number where that keeps its value, and as text beyond. */
export function integer(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** A floating-point number; those that JSON can't hold (NaN, Infinity) stay text. */
export function float(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A JSON document as a value, or as its text where a number in it has more digits than JavaScript keeps. */
export function json(text: string): Value {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"')) continue;
    const digits = token.replace(/[eE].*$/, "").replace(/\D/g, "");
    if (digits.length > 15 || !Number.isFinite(Number(token))) return text;
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
