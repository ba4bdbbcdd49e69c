import { setTimeout as sleep } from "node:timers/promises";

/** How long a server that is not there is waited for. */
export interface Patience {
  patienceMs: number;
  /** Called once for each request that has to wait, with the reason. */
  onWait: (why: string) => void;
}

/** The server's name is not known, or nobody listens there: the request has not been seen by anyone. */
const neverArrived = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

const advice = "on the host, `npm run status` shows what is amiss and `npm run up` mends it";

const firstPauseMs = 50;
const longestPauseMs = 1000;

/**
 * `fetch` that waits for a server which restarts. It repeats only what no server has begun to work on: a tool must not
 * run twice because a connection broke while it ran.
 */
export function patientFetch({ patienceMs, onWait }: Patience): typeof fetch {
  return async (input, init) => {
    const end = Date.now() + patienceMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
      const attempt = await tryOnce(input, init);
      if ("response" in attempt) return attempt.response;
      if (pause === firstPauseMs) onWait(attempt.why);
      if (Date.now() + pause > end) throw new Error(`can't be reached: ${attempt.why}; ${advice}`);
      await sleep(pause, undefined, { signal: init?.signal ?? undefined });
    }
  };
}

async function tryOnce(
  ...request: Parameters<typeof fetch>
): Promise<{ response: Response } | { why: string }> {
  try {
    const response = await fetch(...request);
    if (response.status !== 503) return { response };
    // A server that is stopping says so before it looks at the request.
    await response.body?.cancel();
    return { why: "it is stopping" };
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (!cause?.code || !neverArrived.has(cause.code)) throw error;
    return { why: cause.message || cause.code };
  }
}
