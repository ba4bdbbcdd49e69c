/** Does things one after the other, each once the one before is over, however that ended. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Waits for its turn. @returns ends it. */
  async hold(): Promise<() => void> {
    let end = () => undefined as void;
    const over = new Promise<void>((resolve) => (end = resolve));
    const before = this.last;
    this.last = before.then(() => over);
    await before;
    return end;
  }

  /** Does something when it is its turn. */
  take<T>(step: () => Promise<T>): Promise<T> {
    const done = this.last.then(step);
    this.last = done.catch(() => undefined);
    return done;
  }
}
