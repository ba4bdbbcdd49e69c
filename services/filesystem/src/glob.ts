import { Minimatch } from "minimatch";
import { AccessError } from "./confined/errors";

/** Stars in one part of a pattern: with many of them, a name that almost matches takes time that grows with their power. */
const MOST_STARS = 4;
const MOST_CHARACTERS = 500;
const MOST_ALTERNATIVES = 100;

/**
 * A function that says whether a path below a folder matches one of some glob patterns. A pattern without a slash or a
 * star is a name at any depth, as upstream has it.
 * @throws AccessError for a pattern that costs too much.
 */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.flatMap((pattern) => {
    if (pattern.length > MOST_CHARACTERS)
      throw new AccessError(`A pattern is longer than ${MOST_CHARACTERS} characters`);
    const stars = pattern.split("/").map((part) => part.replace(/^\*\*$/, "").split("*").length - 1);
    if (Math.max(...stars) > MOST_STARS) {
      throw new AccessError(`${pattern}: more than ${MOST_STARS} stars between two slashes`);
    }
    const anywhere = pattern.includes("*") ? [pattern] : [pattern, `**/${pattern}`, `**/${pattern}/**`];
    const options = {
      dot: true,
      noext: true,
      nocomment: true,
      nonegate: true,
      braceExpandMax: MOST_ALTERNATIVES,
    };
    return anywhere.map((glob) => new Minimatch(glob, options));
  });
  return (path) => globs.some((glob) => glob.match(path));
}
