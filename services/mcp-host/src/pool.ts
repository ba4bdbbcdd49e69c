import type { ClientCapabilities } from "@modelcontextprotocol/server";
import { describeError, type Logger } from "../../host/log";
import { type Hosted, startHosted } from "./hosted";
import { version } from "../package.json";
import type { Command } from "./settings";

/** How the number of a server's processes is set. */
export const setBy = (name = "NAME") => `HOSTED_PROCESSES, in a stack \`servers.${name}.processes\`,`;

/** The processes of the hosted server. */
export class Pool {
  private readonly running = new Set<Hosted>();
  private readonly closing = new Set<Promise<void>>();
  private starting = 0;
  private spare: Promise<Hosted> | undefined;
  private one: Promise<Hosted> | undefined;
  private closed = false;
  /** Ends an idle session of another client, or of this one, if there is one. */
  makeRoom: (client: string) => Promise<boolean> = () => Promise.resolve(false);
  /** How many were started so far, and how many could not be. */
  readonly counts = { started: 0, failed: 0 };
  private failure: Error | undefined;

  constructor(
    private readonly command: Command,
    private readonly most: number,
    private readonly log: Logger,
  ) {}

  private get full(): boolean {
    return this.running.size + this.starting >= this.most;
  }

  get size(): number {
    return this.running.size;
  }

  /**
   * A process of one's own, for a client that can do so much. A process learns that as it starts, so the one in reserve
   * serves only who can do nothing.
   */
  async own(capabilities: ClientCapabilities, client: string): Promise<Hosted> {
    if (Object.keys(capabilities).length === 0) return this.fresh(client);
    return this.another(capabilities, client);
  }

  /** A process of one's own for who can do nothing: one is always ready, and the next is made. */
  async fresh(client: string): Promise<Hosted> {
    const taken = (await this.takeSpare()) ?? (await this.another({}, client));
    // Others may have made the next one meanwhile; a second would keep its place for good.
    if (!this.spare && !this.full) {
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
      await this.dropSpare();
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

  /** It is taken before it is waited for: of two who come at once, only one may have it. */
  private async takeSpare(): Promise<Hosted | undefined> {
    const taken = this.spare;
    this.spare = undefined;
    const spare = await taken?.catch(() => undefined);
    return spare && this.running.has(spare) ? spare : undefined;
  }

  /** One that is started now; where there is no room, the one in reserve goes, or an idle session. */
  private async another(capabilities: ClientCapabilities, client: string): Promise<Hosted> {
    if (this.full) await this.dropSpare();
    while (this.full) {
      if (this.closing.size > 0) await Promise.race(this.closing);
      else if (!(await this.makeRoom(client))) break;
    }
    return this.start(capabilities);
  }

  private async dropSpare(): Promise<void> {
    await (await this.takeSpare())?.close();
  }

  private async start(capabilities: ClientCapabilities): Promise<Hosted> {
    if (this.closed) throw new Error("The server is stopping");
    if (this.full)
      throw new Error(
        `All ${this.most} processes of ${this.command.name ?? "the server"} are in use, with a call in each (${setBy(this.command.name)} is how many there may be)`,
      );
    this.starting += 1;
    try {
      const started = await startHosted(this.command, capabilities, version, this.log);
      const hosted: Hosted = {
        ...started,
        close: () => {
          const closed = started.close().finally(() => {
            this.running.delete(hosted); // its place is free as soon as this has ended
            this.closing.delete(closed);
          });
          this.closing.add(closed);
          return closed;
        },
      };
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
