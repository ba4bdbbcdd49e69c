/** Ends what runs, and what runs in its place later, once it is told to; it costs next to nothing where it never is. */
export class Cancellation {
  private given?: Error;
  private stop?: (reason: Error) => void;

  /** Whether it was told to. */
  get cancelled(): boolean {
    return this.given !== undefined;
  }

  /** Ends what runs; a second time it does nothing. */
  cancel(reason: Error): void {
    if (this.given) return;
    this.given = reason;
    this.stop?.(reason);
  }

  /** Takes what is to be ended from now on; where that was told before, it is ended at once. */
  ends(stop: (reason: Error) => void): void {
    this.stop = stop;
    if (this.given) stop(this.given);
  }
}
