import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Settings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";

/** What a principal has left, as headers (draft-ietf-httpapi-ratelimit-headers). */
export type LimitHeaders = Record<string, string>;

type LimitSettings = Pick<
  Settings,
  "requestsPerMinute" | "callsPerToolPerMinute" | "sessions" | "sessionSeconds"
>;

/** Counts what principals do, each for itself, in this process. */
export class Limits {
  private requests?: RateLimiterMemory;
  private calls?: RateLimiterMemory;
  private sessions?: RateLimiterMemory;

  constructor(settings: LimitSettings) {
    this.use(settings);
  }

  /** Takes other limits over; what was counted goes on counting. */
  use({ requestsPerMinute, callsPerToolPerMinute, sessions, sessionSeconds }: LimitSettings): void {
    this.requests = limiter(this.requests, requestsPerMinute, 60);
    this.calls = limiter(this.calls, callsPerToolPerMinute, 60);
    this.sessions = limiter(this.sessions, sessions, sessionSeconds);
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

function limiter(
  known: RateLimiterMemory | undefined,
  points: number,
  duration: number,
): RateLimiterMemory | undefined {
  if (points === 0) return undefined;
  return known ? Object.assign(known, { points, duration }) : new RateLimiterMemory({ points, duration });
}

const nothing: LimitHeaders = {};

async function take(
  limiter: RateLimiterMemory | undefined,
  what: string,
  key: string,
): Promise<LimitHeaders> {
  if (!limiter) return nothing;
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
