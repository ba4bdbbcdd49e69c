import { randomFrom } from "../bench/random";

/** Whether the long form is asked for, as `npm run soak` does: everything, in place of a sample. */
export const long = process.env.MCP_TESTS === "long";

/**
 * What decides samples: the same seed takes the same ones. `MCP_TESTS_SEED`, 1 where that is not set.
 * @throws Error where it is not a whole number above 0.
 */
export const seed = wholeNumber(process.env.MCP_TESTS_SEED ?? "1");

/**
 * All of them in the long form; else as many as are asked for, which the seed decides, in their order. With 0, they are in
 * the long form alone.
 */
export function rounds<T>(all: readonly T[], count: number): T[] {
  if (long) return [...all];
  const taken = new Set(shuffled(all, seededRandom()).slice(0, count));
  return all.filter((one) => taken.has(one));
}

/** What a test or a group of tests is called where the seed decides something, so that a report names the seed. */
export function seeded(name: string): string {
  return `${name} (MCP_TESTS_SEED=${seed})`;
}

/** Numbers from 0 to 1 that a seed decides, the run's where none is given. */
export function seededRandom(by = seed): () => number {
  const random = randomFrom(by);
  random(); // the first numbers of neighbouring seeds are nearly the same
  return random;
}

/** The same in another order. */
export function shuffled<T>(all: readonly T[], random: () => number): T[] {
  return all
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`MCP_TESTS_SEED: "${text}" is not a whole number above 0`);
}
