import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Settings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";

/** What a principal has left, as headers (draft-ietf-httpapi-ratelimit-headers). */
export type LimitHeaders = Record<string, string>;

/** Counts what principals do, each for itself, in this process. */
export class Limits {
  private readonly requests?: RateLimiterMemory;
  private readonly calls?: RateLimiterMemory;
  private readonly sessions?: RateLimiterMemory;

  constructor(
    private readonly settings: Pick<
      Settings,
      "requestsPerMinute" | "callsPerToolPerMinute" | "sessions" | "sessionSeconds"
    >,
  ) {
    const { requestsPerMinute, callsPerToolPerMinute, sessions, sessionSeconds } = settings;
    if (requestsPerMinute > 0)
      this.requests = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
    if (callsPerToolPerMinute > 0)
      this.calls = new RateLimiterMemory({ points: callsPerToolPerMinute, duration: 60 });
    if (sessions > 0) this.sessions = new RateLimiterMemory({ points: sessions, duration: sessionSeconds });
  }

  /** Whether calls are counted by tool, so that it must be known which one is called. */
  get byTool(): boolean {
    return this.calls !== undefined;
  }

  /** Counts a request. @throws RpcError with status 429 where there were too many. */
  async request(principal: string): Promise<LimitHeaders> {
    return take(this.requests, "requests", principal);
  }

  /** Counts a call of a tool, likewise. */
  async call(principal: string, server: string, tool: string): Promise<LimitHeaders> {
    return take(this.calls, "calls of this tool", `${principal} ${server}__${tool}`);
  }

  /** Counts a session that is opened, likewise; it is given back when it ends. */
  async session(principal: string): Promise<LimitHeaders> {
    return take(this.sessions, "sessions", principal);
  }

  async sessionEnded(principal: string): Promise<void> {
    await this.sessions?.reward(principal, 1);
  }
}

async function take(
  limiter: RateLimiterMemory | undefined,
  what: string,
  key: string,
): Promise<LimitHeaders> {
  if (!limiter) return {};
  const name = what.split(" ", 1)[0];
  const policy = { "ratelimit-policy": `"${name}";q=${limiter.points};w=${limiter.duration}` };
  try {
    const left = await limiter.consume(key, 1);
    return { ...policy, ratelimit: `"${name}";r=${left.remainingPoints};t=${seconds(left)}` };
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    const error = new RpcError(
      errorCode.tooManyRequests,
      `Too many ${what}: ${limiter.points} in ${limiter.duration} s are allowed; try again in ${seconds(refused)} s`,
      429,
    );
    const t = String(seconds(refused));
    error.headers = { ...policy, ratelimit: `"${name}";r=0;t=${t}`, "retry-after": t };
    throw error;
  }
}

function seconds({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}
