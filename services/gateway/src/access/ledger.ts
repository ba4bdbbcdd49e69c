import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Settings } from "../config/schema";
import { type Opened, type Opening, OpenSessions, type SessionUse } from "./open-sessions";

/** What is counted in a span of time. */
export type Counted = "requests" | "calls";

export type LedgerSettings = Pick<Settings, "requestsPerMinute" | "callsPerToolPerMinute">;

/** So much is allowed in so many seconds. */
export interface Quota {
  points: number;
  duration: number;
}

/** What came of taking one. */
export interface Taken {
  allowed: boolean;
  /** How many are left. */
  left: number;
  /** When all are there again, in milliseconds from now. */
  againMs: number;
}

/** Where it is counted what everybody does: one for all workers. */
export interface Ledger {
  /** Takes of what a key has, one unless it says how many; where there is no quota all is allowed. */
  take(what: Counted, key: string, points?: number): Promise<Taken>;
  /** Gives as many back. */
  giveBack(what: Counted, key: string, points?: number): void;
  /** Counts something that lasts. @returns false where so many last already, and it is not counted. */
  enter(key: string, most: number): Promise<boolean>;
  /** It has ended. */
  leave(key: string): void;
  /** Counts a session that is about to be opened, which may be the end of another one. */
  open(opening: Opening): Promise<Opened>;
  /** It is open, under this id. */
  opened(nonce: string, id: string): void;
  /** A use of it begins (1) or ends (-1). */
  useSession(nonce: string, kind: SessionUse, by: 1 | -1): void;
  /** It is no more. */
  close(nonce: string): void;
}

/** The quotas of these settings; none where they are without limit. */
export function quotasOf(settings: LedgerSettings): Partial<Record<Counted, Quota>> {
  const { requestsPerMinute, callsPerToolPerMinute } = settings;
  const all: [Counted, Quota][] = [
    ["requests", { points: requestsPerMinute, duration: 60 }],
    ["calls", { points: callsPerToolPerMinute, duration: 60 }],
  ];
  return Object.fromEntries(all.filter(([, { points }]) => points > 0));
}

const unlimited: Taken = { allowed: true, left: Infinity, againMs: 0 };

/** Counts in this process. */
export class OwnLedger implements Ledger {
  private readonly limiters = new Map<Counted, RateLimiterMemory>();
  private readonly lasting = new Map<string, number>();
  private readonly sessions = new OpenSessions();

  constructor(settings: LedgerSettings) {
    this.use(settings);
  }

  /** Takes other quotas over; what was counted goes on counting. */
  use(settings: LedgerSettings): void {
    const quotas = quotasOf(settings);
    for (const what of ["requests", "calls"] as const) {
      const quota = quotas[what];
      const known = this.limiters.get(what);
      if (!quota) this.limiters.delete(what);
      else if (known) Object.assign(known, quota);
      else this.limiters.set(what, new RateLimiterMemory(quota));
    }
  }

  async take(what: Counted, key: string, points = 1): Promise<Taken> {
    const limiter = this.limiters.get(what);
    if (!limiter) return unlimited;
    try {
      const { remainingPoints: left, msBeforeNext: againMs } = await limiter.consume(key, points);
      return { allowed: true, left, againMs };
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return { allowed: false, left: 0, againMs: refused.msBeforeNext };
    }
  }

  giveBack(what: Counted, key: string, points = 1): void {
    void this.limiters.get(what)?.reward(key, points);
  }

  enter(key: string, most: number): Promise<boolean> {
    const count = this.lasting.get(key) ?? 0;
    if (count >= most) return Promise.resolve(false);
    this.lasting.set(key, count + 1);
    return Promise.resolve(true);
  }

  leave(key: string): void {
    const left = (this.lasting.get(key) ?? 1) - 1;
    if (left === 0) this.lasting.delete(key);
    else this.lasting.set(key, left);
  }

  open(opening: Opening): Promise<Opened> {
    return Promise.resolve(this.sessions.open(opening));
  }

  opened(nonce: string, id: string): void {
    this.sessions.opened(nonce, id);
  }

  useSession(nonce: string, kind: SessionUse, by: 1 | -1): void {
    this.sessions.use(nonce, kind, by);
  }

  close(nonce: string): void {
    this.sessions.close(nonce);
  }
}
