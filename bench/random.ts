/** Numbers from 0 to 1 that a seed decides: a linear congruential generator, with the usual constants for 32 bits. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
