/** A call's time was up, or its client gave it up, before it had come to its end. */
export class Interrupted extends Error {}

/**
 * Waits for something, but no longer than so many milliseconds, nor after a signal. What is waited for goes on by itself.
 * @throws Interrupted
 */
export async function limited<T>(work: Promise<T>, milliseconds: number, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  work.catch(() => undefined); // nobody may be left to hear of a failure that comes later
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Interrupted("the time was up")), milliseconds);
        abort = () => reject(new Interrupted("the call was cancelled"));
        if (signal?.aborted) abort();
        signal?.addEventListener("abort", abort);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (abort) signal?.removeEventListener("abort", abort);
  }
}
