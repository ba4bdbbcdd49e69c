/** Ends what runs, and what runs in its place later, once it is told to; it costs next to nothing where it never is. */
export class Cancellation {
  private reason?: Error;
  private stop?: (reason: Error) => void;

  /** Ends what runs; a second time it does nothing. */
  cancel(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.stop?.(reason);
  }

  /** Takes what is to be ended from now on; where that was told before, it is ended at once. */
  ends(stop: (reason: Error) => void): void {
    this.stop = stop;
    if (this.reason) stop(this.reason);
  }
}
