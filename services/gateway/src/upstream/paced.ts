import type { Dispatcher } from "undici";
import type { Bandwidth } from "../../../host/bandwidth";

/** What whoever reads a response may do with it. */
export type Flow = Pick<Dispatcher.DispatchController, "abort" | "pause" | "resume">;

/**
 * A response that comes no faster than its replica's bandwidth allows. Its reader may pause it as well: it goes on when both
 * have it go on. What is not read waits in the server, as the connection takes no more of it.
 */
export class Paced implements Flow {
  private timer?: NodeJS.Timeout;
  private readerWaits = false;

  constructor(
    private readonly response: Flow,
    private readonly bandwidth: Bandwidth,
  ) {}

  /** Counts bytes that came: what follows waits until these have had their time. */
  came(bytes: number): void {
    const wait = this.bandwidth.take(bytes);
    if (wait === 0) return;
    this.response.pause();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      delete this.timer;
      if (!this.readerWaits) this.response.resume();
    }, wait);
  }

  pause(): void {
    this.readerWaits = true;
    this.response.pause();
  }

  resume(): void {
    this.readerWaits = false;
    if (!this.timer) this.response.resume();
  }

  abort(reason: Error): void {
    this.response.abort(reason);
  }

  /** Holds nothing up any more. */
  end(): void {
    clearTimeout(this.timer);
    delete this.timer;
  }
}
