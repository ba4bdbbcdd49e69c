import { CancelledError } from "./ended";
import { ToldError } from "./told-error";

/** No connection came free in time. */
export class BusyError extends ToldError {
  override readonly reason = "busy";

  constructor(milliseconds: number) {
    super(`All connections are in use; none came free within ${milliseconds / 1000} s. Try again later`);
  }
}

/** Lets so many calls have a connection at once; the others wait, in order, for one to come free. */
export class Turns {
  private used = 0;
  private readonly waiting = new Set<() => void>();

  /** @param patience how long a call waits, in milliseconds. */
  constructor(
    private readonly most: number,
    private readonly patience: number,
  ) {}

  /**
   * Does something that needs a connection, when it is its turn.
   * @param signal aborts when nobody waits for the call any more.
   * @throws BusyError where none came free; CancelledError where the signal came first.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new CancelledError();
    if (this.used < this.most) this.used += 1;
    else await this.turn(signal);
    try {
      return await work();
    } finally {
      // The place goes to the next one in line, if there is one.
      const [next] = this.waiting;
      if (next) next();
      else this.used -= 1;
    }
  }

  /** How many calls have a connection, and how many wait for one. */
  state(): { used: number; waiting: number } {
    return { used: this.used, waiting: this.waiting.size };
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(go);
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancelled);
      };
      const go = () => {
        leave();
        resolve();
      };
      const cancelled = () => {
        leave();
        reject(new CancelledError());
      };
      const timer = setTimeout(() => {
        leave();
        reject(new BusyError(this.patience));
      }, this.patience);
      signal?.addEventListener("abort", cancelled);
      this.waiting.add(go);
    });
  }
}
