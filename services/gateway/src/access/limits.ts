import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Settings } from "../config/schema";
import { type Counted, type Ledger, type LedgerSettings, type Quota, quotasOf } from "./ledger";
import type { SessionUse } from "./open-sessions";

/** What a principal has left, as headers (draft-ietf-httpapi-ratelimit-headers). */
export type LimitHeaders = Record<string, string>;

const nothing: LimitHeaders = {};

/** What holds for principals. */
export type LimitSettings = LedgerSettings & Pick<Settings, "sessions" | "sessionSeconds">;

/** Holds principals to what they may do, each for itself. */
export class Limits {
  private quotas: Partial<Record<Counted, Quota>>;

  /** @param ledger counts, by the same settings. */
  constructor(
    private settings: LimitSettings,
    private readonly ledger: Ledger,
  ) {
    this.quotas = quotasOf(settings);
  }

  /** Takes other limits over. */
  use(settings: LimitSettings): void {
    this.settings = settings;
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

  /**
   * Counts a session that is about to be opened. Where the client has as many as it may have, the one that it used least makes room.
   * @returns the id of that one, which has to be ended.
   * @throws RpcError with status 429 where a call runs in each of them.
   */
  async session(client: string, nonce: string): Promise<string | undefined> {
    const { sessions: most, sessionSeconds: seconds } = this.settings;
    if (most === 0) return undefined;
    const { allowed, ended } = await this.ledger.open({ client, nonce, most, seconds });
    if (allowed) return ended;
    const error = new RpcError(
      errorCode.tooManyRequests,
      `Too many sessions: ${most} are allowed (\`sessions\`), and a call runs in each; try again when one has ended`,
      429,
    );
    error.headers["retry-after"] = "1";
    throw error;
  }

  /** A session is open, under this id. */
  sessionOpened(nonce: string, id: string): void {
    if (this.settings.sessions > 0) this.ledger.opened(nonce, id);
  }

  /** Marks the begin of a session's use; the function it returns marks its end. */
  sessionUsed(nonce: string, kind: SessionUse): () => void {
    if (this.settings.sessions === 0) return () => undefined;
    this.ledger.useSession(nonce, kind, 1);
    return () => this.ledger.useSession(nonce, kind, -1);
  }

  sessionEnded(nonce: string): void {
    if (this.settings.sessions > 0) this.ledger.close(nonce);
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
