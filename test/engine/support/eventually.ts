import { setTimeout as sleep } from "node:timers/promises";

/** Tries a few times a second until it works, half a minute long unless told otherwise; then the last failure is the test's. */
export async function eventually<T>(attempt: () => Promise<T>, tries = 120): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(250);
    }
  }
}
