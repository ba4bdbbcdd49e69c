import { errorCode, RpcError } from "../protocol/jsonrpc";
import { type Counted, type Ledger, type LedgerSettings, type Quota, quotasOf } from "./ledger";

/** What a principal has left, as headers (draft-ietf-httpapi-ratelimit-headers). */
export type LimitHeaders = Record<string, string>;

const nothing: LimitHeaders = {};

/** Holds principals to what they may do, each for itself. */
export class Limits {
  private quotas: Partial<Record<Counted, Quota>>;

  /** @param ledger counts, by the same settings. */
  constructor(
    settings: LedgerSettings,
    private readonly ledger: Ledger,
  ) {
    this.quotas = quotasOf(settings);
  }

  /** Takes other limits over. */
  use(settings: LedgerSettings): void {
    this.quotas = quotasOf(settings);
  }

  /** Whether calls are counted by tool, so that it must be known which one is called. */
  get byTool(): boolean {
    return this.quotas.calls !== undefined;
  }

  /** Counts a request. @throws RpcError with status 429 where there were too many. */
  async request(principal: string): Promise<LimitHeaders> {
    return this.take("requests", "requests", principal);
  }

  /** Counts a call of a tool, likewise. */
  async call(principal: string, server: string, tool: string): Promise<LimitHeaders> {
    return this.take("calls", "calls of this tool", `${principal} ${server}__${tool}`);
  }

  /** Counts a session that is opened, likewise; it is given back when it ends. */
  async session(principal: string): Promise<LimitHeaders> {
    return this.take("sessions", "sessions", principal);
  }

  sessionEnded(principal: string): void {
    if (this.quotas.sessions) this.ledger.giveBack("sessions", principal);
  }

  private async take(counted: Counted, what: string, key: string): Promise<LimitHeaders> {
    const quota = this.quotas[counted];
    if (!quota) return nothing;
    const { points, duration } = quota;
    const { allowed, left, againMs } = await this.ledger.take(counted, key);
    const t = Math.max(1, Math.ceil(againMs / 1000));
    const policy = `"${counted}";q=${points};w=${duration}`;
    if (allowed)
      return { "ratelimit-policy": policy, ratelimit: `"${counted}";r=${Math.min(left, points)};t=${t}` };
    const error = new RpcError(
      errorCode.tooManyRequests,
      `Too many ${what}: ${points} in ${duration} s are allowed; try again in ${t} s`,
      429,
    );
    error.headers = {
      "ratelimit-policy": policy,
      ratelimit: `"${counted}";r=0;t=${t}`,
      "retry-after": String(t),
    };
    throw error;
  }
}
