import { errorCode, RpcError } from "../protocol/jsonrpc";

/** Lets so many in at the same time, keeps so many waiting, and refuses the others at once. */
export class Gate {
  private inside = 0;
  private readonly waiting = new Set<() => void>();
  private readonly ends: (() => void)[] = [];

  /** @param name what the gate is of, for what a refused caller is told. */
  constructor(
    private readonly name: string,
    private most: number,
    private mostWaiting: number,
  ) {}

  /** Takes other bounds over; who is in or waits already stays. */
  resize(most: number, mostWaiting: number): void {
    this.most = most;
    this.mostWaiting = mostWaiting;
    while (this.inside < most && this.waiting.size > 0) {
      this.inside += 1;
      this.letIn();
    }
  }

  /** Resolves as soon as nobody is in. */
  empty(): Promise<void> {
    return this.inside === 0 ? Promise.resolve() : new Promise((resolve) => this.ends.push(resolve));
  }

  get queued(): number {
    return this.waiting.size;
  }

  /**
   * Waits for a place.
   * @returns what gives it back; a second time it does nothing.
   * @throws RpcError where too many wait; the signal's reason where it ends the waiting.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (!this.tryEnter()) await this.wait(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.leave();
    };
  }

  /** Takes a place if there is one, which `leave` gives back. */
  tryEnter(): boolean {
    if (this.inside >= this.most) return false;
    this.inside += 1;
    return true;
  }

  /**
   * Waits for a place, which `leave` gives back.
   * @throws as `enter` does.
   */
  wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.size >= this.mostWaiting) {
      const error = new RpcError(
        errorCode.overloaded,
        `${this.name} has ${this.most} calls running and ${this.mostWaiting} waiting; try again later`,
        503,
        { server: this.name },
      );
      error.headers["retry-after"] = "1";
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const next = () => {
        signal.removeEventListener("abort", gone);
        resolve();
      };
      const gone = () => {
        this.waiting.delete(next);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", gone, { once: true });
      this.waiting.add(next);
    });
  }

  /** Gives a place back. */
  leave(): void {
    // After the bounds became narrower a place is not given on.
    if (this.inside <= this.most && this.letIn()) return;
    this.inside -= 1;
    if (this.inside === 0) this.ends.splice(0).forEach((end) => end());
  }

  /** A place goes to the one that has waited longest. */
  private letIn(): boolean {
    const [next] = this.waiting;
    if (!next) return false;
    this.waiting.delete(next);
    next();
    return true;
  }
}
