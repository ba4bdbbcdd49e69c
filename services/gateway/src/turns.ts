/** Does things one after the other, each once the one before is over, however that ended. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Does something when it is its turn. */
  take<T>(step: () => Promise<T>): Promise<T> {
    const done = this.last.then(step);
    this.last = done.catch(() => undefined);
    return done;
  }
}
