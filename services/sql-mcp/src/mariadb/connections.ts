import { type Connection, type ConnectionConfig, createConnection } from "mariadb";
import type { Pool } from "../database";
import { Turns } from "../turns";

/**
 * A bounded number of connections that are used in turn.
 *
 * The driver's own pool retries in the background, so that a caller learns only after a timeout that the database
 * refuses it, and without the reason; here a connection is made by the call that needs it, which then fails as it does.
 */
export class Connections {
  private readonly idle: Connection[] = [];
  private readonly turns: Turns;

  /** @param patience how long a caller waits for a connection to come free, in milliseconds. */
  constructor(
    private readonly options: ConnectionConfig,
    most: number,
    patience: number,
  ) {
    this.turns = new Turns(most, patience);
  }

  /**
   * Lends a connection to `work` and takes it back as if it were new, or drops it where that fails.
   * @param signal aborts when nobody waits for the connection any more.
   */
  use<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.turns.run(async () => {
      let connection: Connection | undefined;
      try {
        connection = this.takeIdle() ?? (await this.open());
        return await work(connection);
      } finally {
        if (connection) await this.giveBack(connection);
      }
    }, signal);
  }

  /** Ends the idle connections; there must be no others any more. */
  async end(): Promise<void> {
    await Promise.allSettled(this.idle.splice(0).map((connection) => connection.end()));
  }

  /** How the connections are used right now. */
  state(): Pool {
    return { idle: this.idle.length, ...this.turns.state() };
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
