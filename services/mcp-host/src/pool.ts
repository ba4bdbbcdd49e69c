import type { ClientCapabilities } from "@modelcontextprotocol/server";
import { describeError, type Logger } from "../../host/log";
import { type Hosted, startHosted } from "./hosted";
import { version } from "../package.json";
import type { Command } from "./settings";

/** The processes of the hosted server. */
export class Pool {
  private readonly running = new Set<Hosted>();
  private starting = 0;
  private spare: Promise<Hosted> | undefined;
  private one: Promise<Hosted> | undefined;
  private closed = false;
  /** How many were started so far, and how many could not be. */
  readonly counts = { started: 0, failed: 0 };
  private failure: Error | undefined;

  constructor(
    private readonly command: Command,
    private readonly most: number,
    private readonly log: Logger,
  ) {}

  get size(): number {
    return this.running.size;
  }

  /**
   * A process of one's own, for a client that can do so much. A process learns that as it starts, so the one in reserve
   * serves only who can do nothing.
   */
  async own(capabilities: ClientCapabilities): Promise<Hosted> {
    if (Object.keys(capabilities).length === 0) return this.fresh();
    return this.another(capabilities);
  }

  /** A process of one's own for who can do nothing: one is always ready, and the next is made. */
  async fresh(): Promise<Hosted> {
    const taken = (await this.takeSpare()) ?? (await this.another({}));
    if (this.running.size + this.starting < this.most) {
      const next = this.start({});
      this.spare = next;
      next.catch((error: unknown) => {
        if (this.spare === next) this.spare = undefined;
        this.log.warn("no process in reserve", describeError(error));
      });
    }
    return taken;
  }

  /** The one process of all. Who comes after its end gets a new one. */
  async shared(): Promise<Hosted> {
    const one = (this.one ??= this.start({}));
    const forget = () => {
      if (this.one === one) this.one = undefined;
    };
    one.then(({ gone }) => gone.then(forget), forget);
    return one;
  }

  /**
   * Tries again where the last start failed, as nobody else may: callers stay away from what is not ready.
   * @throws where it fails again, or the shared process does not answer; that one is ended.
   */
  async check(milliseconds: number): Promise<void> {
    if (this.failure) {
      await this.takeSpare();
      this.spare = this.start({});
      await this.spare;
    }
    const one = await this.one;
    if (!one) return;
    try {
      await one.client.ping({ timeout: milliseconds });
    } catch (error) {
      this.log.error("the hosted server hangs and is started again", describeError(error));
      await one.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([this.spare, this.one]);
    await Promise.all([...this.running].map((hosted) => hosted.close()));
  }

  private async takeSpare(): Promise<Hosted | undefined> {
    const spare = await this.spare?.catch(() => undefined);
    this.spare = undefined;
    return spare && this.running.has(spare) ? spare : undefined;
  }

  private async another(capabilities: ClientCapabilities): Promise<Hosted> {
    if (this.running.size + this.starting >= this.most) await this.dropSpare();
    return this.start(capabilities);
  }

  private async dropSpare(): Promise<void> {
    await (await this.takeSpare())?.close();
  }

  private async start(capabilities: ClientCapabilities): Promise<Hosted> {
    if (this.closed) throw new Error("The server is stopping");
    if (this.running.size + this.starting >= this.most) {
      throw new Error(`All ${this.most} processes (HOSTED_PROCESSES) are taken; try again later`);
    }
    this.starting += 1;
    try {
      const hosted = await startHosted(this.command, capabilities, version, this.log);
      this.running.add(hosted);
      void hosted.gone.then(() => this.running.delete(hosted));
      this.counts.started += 1;
      this.failure = undefined;
      return hosted;
    } catch (error) {
      this.counts.failed += 1;
      this.failure = error as Error;
      throw error;
    } finally {
      this.starting -= 1;
    }
  }
}
