import { closest, distance } from "fastest-levenshtein";

/**
 * What may have been meant by a name that is not known, as the end of a sentence: `; did you mean "mariadb"?`. A full stop where
 * nothing known is near: at most a third of the letters differ, or one is the beginning of the other.
 */
export function didYouMean(name: string, known: readonly string[]): string {
  const begun = known.filter((one) => name.length > 2 && (one.startsWith(name) || name.startsWith(one)));
  const near = known.filter((one) => distance(name, one) <= (Math.max(name.length, one.length) + 1) / 3);
  const found = near.length > 0 ? near : begun;
  return found.length > 0 ? `; did you mean "${closest(name, found)}"?` : ".";
}
