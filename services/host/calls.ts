/** Counts the calls in flight, so that a server that was told to stop can let them end first. */
export class Calls {
  private running = 0;
  private waiting: (() => void)[] = [];

  /** How many calls are in flight. */
  get count(): number {
    return this.running;
  }

  /** Marks the begin of a call; the function it returns marks its end, and does nothing when called again. */
  begin(): () => void {
    this.running += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.running -= 1;
      if (this.running === 0) this.waiting.splice(0).forEach((resolve) => resolve());
    };
  }

  /** Resolves once no call is in flight, or after `milliseconds`: true in the first case. */
  async finished(milliseconds: number): Promise<boolean> {
    if (this.running === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.waiting.push(resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))),
    ]);
    clearTimeout(timer);
    return this.running === 0;
  }
}
