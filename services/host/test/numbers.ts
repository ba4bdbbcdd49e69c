/** Numbers that JavaScript would change: by rounding, as more than it holds, or in how they are written. */
export const numbers = [
  "9007199254740993",
  "-9223372036854775808",
  "18446744073709551615",
  "0.1000000000000000055",
  "3.14159265358979323846264338327950288",
  "1e400",
  "-1e-400",
  "123456789012345678901234567890",
  "1E2",
  "1.0",
  "0.10",
  "-0",
] as const;

/** Those of them that are whole, as an id is. */
export const ids = [
  "9007199254740993",
  "-9223372036854775808",
  "18446744073709551615",
  "123456789012345678901234567890",
  '"9007199254740993"',
  "7",
  "-1",
] as const;
