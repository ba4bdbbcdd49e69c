import { type Connection, type ConnectionConfig, createConnection } from "mariadb";
import type { Pool } from "../database";
import { ToldError } from "../told-error";

/** No connection came free in time. */
export class BusyError extends ToldError {
  constructor(milliseconds: number) {
    super(`All connections are in use; none came free within ${milliseconds / 1000} s. Try again later`);
  }
}

/**
 * A bounded number of connections that are used in turn.
 *
 * The driver's own pool retries in the background, so that a caller learns only after a timeout that the database
 * refuses it, and without the reason; here a connection is made by the call that needs it, which then fails as it does.
 */
export class Connections {
  private readonly idle: Connection[] = [];
  private readonly waiting: (() => void)[] = [];
  private used = 0;

  /** @param patience how long a caller waits for a connection to come free, in milliseconds. */
  constructor(
    private readonly options: ConnectionConfig,
    private readonly most: number,
    private readonly patience: number,
  ) {}

  /** Lends a connection to `work` and takes it back as if it were new, or drops it where that fails. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.turn();
    let connection: Connection | undefined;
    try {
      connection = this.takeIdle() ?? (await this.open());
      return await work(connection);
    } finally {
      if (connection) await this.giveBack(connection);
      this.used -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Ends the idle connections; there must be no others any more. */
  async end(): Promise<void> {
    await Promise.allSettled(this.idle.splice(0).map((connection) => connection.end()));
  }

  /** How the connections are used right now. */
  state(): Pool {
    return { idle: this.idle.length, used: this.used, waiting: this.waiting.length };
  }

  private async turn(): Promise<void> {
    if (this.used >= this.most) {
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(go), 1);
          reject(new BusyError(this.patience));
        }, this.patience);
        this.waiting.push(go);
      });
    }
    this.used += 1;
  }

  private takeIdle(): Connection | undefined {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isValid()) return connection;
    }
    return undefined;
  }

  private async open(): Promise<Connection> {
    const connection = await createConnection(this.options);
    // A connection that breaks while idle is found out by `isValid`; its error must not end the process.
    connection.on("error", () => undefined);
    return connection;
  }

  private async giveBack(connection: Connection): Promise<void> {
    if (!connection.isValid()) return;
    try {
      // Rolls back, and forgets settings, user variables, prepared statements, temporary tables and locks.
      await connection.reset();
      this.idle.push(connection);
    } catch {
      connection.destroy();
    }
  }
}
