import { Pool } from "undici";
import type { ServerSettings } from "../config/schema";
import { ReplicaHealth } from "./replica-health";

/** One address that a server is served at. */
export class Replica {
  /** Requests that are not at their end. */
  outstanding = 0;
  readonly health: ReplicaHealth;
  private readonly pool: Pool;

  /**
   * @param origin scheme, address and port, for example `http://172.22.0.5:3001`.
   * @param host the name that the server is called by: the `Host` header, and the name in its certificate.
   */
  constructor(
    readonly origin: string,
    readonly host: string,
    settings: Pick<ServerSettings, "connections" | "connectTimeoutMs" | "unhealthyAfter" | "ejectionMs">,
  ) {
    this.health = new ReplicaHealth(settings);
    this.pool = new Pool(origin, {
      connections: settings.connections,
      connect: { timeout: settings.connectTimeoutMs, servername: host.replace(/:\d+$/, "") },
      // Streams are silent for long; a call has a limit of its own.
      bodyTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 30_000,
      allowH2: true,
    });
  }

  get dispatcher(): Pool {
    return this.pool;
  }

  /** Closes the connections, when what runs on them is at its end. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** Closes the connections at once. */
  destroy(): Promise<void> {
    return this.pool.destroy();
  }
}
