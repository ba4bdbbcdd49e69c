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
      const late = Date.now() + pause > end;
      if (attempt.response && (attempt.why === undefined || late)) return attempt.response;
      if (pause === firstPauseMs) onWait(attempt.why ?? "");
      if (late) throw new Error(`can't be reached: ${attempt.why}; ${advice}`);
      await sleep(pause, undefined, { signal: init?.signal ?? undefined });
    }
  };
}

async function tryOnce(...request: Parameters<typeof fetch>): Promise<{ response?: Response; why?: string }> {
  try {
    const response = await fetch(...request);
    if (response.status !== 503) return { response };
    // A server that is stopping, or has no room, says so before it looks at the request.
    const text = await response.text();
    const why = wordsOf(text);
    return why === undefined ? { why: "it is stopping" } : { response: new Response(text, response), why };
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (!cause?.code || !neverArrived.has(cause.code)) throw error;
    return { why: cause.message || cause.code };
  }
}

/** What a server says of itself with status 503, if it does. */
function wordsOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === "string") return error.message;
  } catch {
    // A page, or nothing at all.
  }
  return undefined;
}
