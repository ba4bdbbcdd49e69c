/** What was not used for so long is not saved up for later, in milliseconds. */
const burstMs = 100;

/** So many bytes in a second, of all that is counted together. */
export class Bandwidth {
  /** When all that was counted will have had its time, on the clock of `performance`. */
  private until = 0;

  constructor(private readonly bytesPerSecond: number) {}

  /** Counts bytes, and says in how many milliseconds they will have had their time; 0 where they have it at once. */
  take(bytes: number): number {
    const now = performance.now();
    this.until = Math.max(this.until, now - burstMs) + (bytes / this.bytesPerSecond) * 1000;
    return Math.max(0, this.until - now);
  }
}
