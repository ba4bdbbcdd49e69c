import type { Log } from "./types";

const tellEveryMs = 10_000;

/**
 * Runs a step that may take a while: says what it does and how long that usually takes, again every 10 s, and in the
 * end how long it took. A step below a second says nothing after its first line.
 */
export async function step<T>(
  log: Log,
  what: string,
  usualSeconds: number,
  run: () => Promise<T>,
): Promise<T> {
  const start = Date.now();
  const elapsed = () => Math.round((Date.now() - start) / 1000);
  log(usualSeconds > 2 ? `${what} (usually ${usualSeconds} s)` : what);
  const timer = setInterval(
    () => log(`still ${what} (${elapsed()} s, usually ${usualSeconds} s)`),
    tellEveryMs,
  );
  try {
    const result = await run();
    if (elapsed() > 1) log(`done ${what} (${elapsed()} s)`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
