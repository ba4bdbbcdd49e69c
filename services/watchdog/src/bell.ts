/** Lets a loop sleep until its next time, or until somebody rings. */
export class Bell {
  private rung = false;
  private wake = () => {};

  /** Ends the sleep, or the next one where nobody sleeps. */
  ring(): void {
    this.rung = true;
    this.wake();
  }

  /** Sleeps for that long at most. */
  async sleep(milliseconds: number): Promise<void> {
    if (!this.rung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.rung = false;
  }
}
