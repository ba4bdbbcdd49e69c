import type { ServerSettings } from "../config/schema";

const longestEjectionMs = 60_000;

/**
 * Whether a replica is in use: a circuit breaker that hears of calls as well as of health checks. It opens after some
 * failures in a row; when its time is over, one call may try, and its outcome closes it or opens it for twice as long.
 */
export class ReplicaHealth {
  private failures = 0;
  private ejections = 0;
  /** In use again from this time on; 0 where it is in use. */
  private until = 0;
  private trying = false;
  /** What the replica says of itself, where it is asked; one that says no gets no calls, however well they go. */
  serves = true;

  constructor(
    /** Others may take their place at any time. */
    public settings: Pick<ServerSettings, "unhealthyAfter" | "ejectionMs">,
    private readonly now: () => number = () => performance.now(),
    /** Told of the first success after a failure. */
    private readonly back: () => void = () => undefined,
  ) {}

  get inUse(): boolean {
    return this.serves && this.until === 0;
  }

  /** Whether a call may be made. */
  get usable(): boolean {
    return this.serves && (this.until === 0 || (!this.trying && this.now() >= this.until));
  }

  /** A call is made; where the replica is out of use it is the one that tries. */
  attempt(): void {
    if (this.until !== 0) this.trying = true;
  }

  /** The call ended without telling anything, as its client gave it up. */
  abandoned(): void {
    this.trying = false;
  }

  succeeded(): void {
    const had = this.failures;
    this.failures = 0;
    this.ejections = 0;
    this.until = 0;
    this.trying = false;
    if (had > 0) this.back();
  }

  failed(): void {
    this.failures += 1;
    if (!this.trying && this.failures < this.settings.unhealthyAfter) return;
    // What was on its way when it was taken out says nothing new.
    if (this.until !== 0 && !this.trying && this.now() < this.until) return;
    const pause = Math.min(this.settings.ejectionMs * 2 ** this.ejections, longestEjectionMs);
    this.until = this.now() + pause;
    this.ejections += 1;
    this.trying = false;
  }
}
