import { z } from "zod";

/** The end of a range, and why it is there where that is not plain: the message goes on with it. */
type End = number | readonly [number, why: string];

/**
 * A whole number of a range.
 * @param what what it counts, for messages: `a number of days`.
 * @param most left out where any number will do.
 */
export function wholeNumber(what: string, least: End, most?: End) {
  const [lowest, low] = ended(least, "below");
  const number = z
    .number({ error: `is not ${what}` })
    .int({ error: "is not a whole number" })
    .min(lowest, { error: low });
  if (most === undefined) return number;
  const [highest, high] = ended(most, "above");
  return number.max(highest, { error: high });
}

function ended(end: End, beyond: string): [number, string] {
  const [number, why] = typeof end === "number" ? [end] : end;
  return [number, `is ${beyond} ${number}${why === undefined ? "" : `, ${why}`}`];
}
