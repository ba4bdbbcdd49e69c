import { LineView } from "./lines";
import { logOf } from "./log";
import type { Log, Running } from "./step";

/**
 * Runs work as a step, which fails where the work throws.
 * @param usualSeconds how long it usually takes; undefined where nobody knows
 */
export async function step<T>(
  log: Log,
  what: string,
  usualSeconds: number | undefined,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const running = begin(log, what, usualSeconds);
  try {
    const result = await work(running);
    running.done();
    return result;
  } catch (error) {
    running.failed();
    throw error;
  }
}

/** Begins a step, which the caller ends. Who takes lines alone gets it as lines. */
export function begin(log: Log, what: string, usualSeconds?: number): Running {
  const { begin = logOf("", new LineView(log)).begin } = log;
  return begin(what, usualSeconds);
}
