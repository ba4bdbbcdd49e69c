import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { Pool } from "undici";
import { Bandwidth } from "../../../host/bandwidth";
import type { ServerSettings } from "../config/schema";
import type { Tally } from "./groups";
import { ReplicaHealth } from "./replica-health";

/** The settings that connections are made with. */
const connectionSettings = ["connections", "connectTimeoutMs", "tls"] as const;

type ReplicaSettings = Pick<
  ServerSettings,
  (typeof connectionSettings)[number] | "unhealthyAfter" | "ejectionMs" | "bandwidthKiB"
>;

/** How long a replica that ends its connections is taken for one that stops, in milliseconds; after that it is asked again. */
const leavingMs = 10_000;

/** One address that a server is served at. */
export class Replica {
  /** Requests that are not at their end. */
  readonly running = new Set<{ stuck(): Promise<void> }>();
  readonly health: ReplicaHealth;
  /** What it is sent and sends in a second, where that is limited. */
  bandwidth: Bandwidth | undefined;
  private pool: Pool;
  private leavingUntil = 0;

  /**
   * @param origin scheme, address and port, for example `http://172.22.0.5:3001`.
   * @param host the name that the server is called by: the `Host` header, and the name in its certificate.
   * @param tally counts what is asked of it.
   */
  constructor(
    readonly origin: string,
    readonly host: string,
    private settings: ReplicaSettings,
    readonly tally: Tally,
  ) {
    this.health = new ReplicaHealth(settings, undefined, () => tally.back?.());
    this.bandwidth = bandwidthOf(settings);
    this.pool = poolFor(origin, host, settings);
  }

  /** Takes other settings over: connections are given up, once what runs on them has ended, only where they must be. */
  use(settings: ReplicaSettings): void {
    const same = connectionSettings.every((key) => isDeepStrictEqual(this.settings[key], settings[key]));
    if (settings.bandwidthKiB !== this.settings.bandwidthKiB) this.bandwidth = bandwidthOf(settings);
    this.settings = settings;
    this.health.settings = settings;
    if (same) return;
    void this.pool.close();
    this.pool = poolFor(this.origin, this.host, settings);
  }

  /** How many requests are not at their end. */
  get outstanding(): number {
    return this.running.size;
  }

  /** Where it is out of use: what waits for its answer need not, if another can be asked. */
  letGo(): void {
    if (this.health.inUse) return;
    for (const request of this.running) void request.stuck();
  }

  /** Whether it seems to stop: it closes connections that it was asked to keep. */
  get leaving(): boolean {
    return this.leavingUntil > 0 && Date.now() < this.leavingUntil;
  }

  /** Notes that it closed a connection with its answer. */
  leaves(): void {
    this.leavingUntil = Date.now() + leavingMs;
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

function bandwidthOf({ bandwidthKiB }: ReplicaSettings): Bandwidth | undefined {
  return bandwidthKiB === undefined ? undefined : new Bandwidth(bandwidthKiB * 1024);
}

function poolFor(origin: string, host: string, settings: ReplicaSettings): Pool {
  return new Pool(origin, {
    connections: settings.connections,
    connect: { ...settings.tls, timeout: settings.connectTimeoutMs, servername: serverName(host) },
    // Streams are silent for long; a call has a limit of its own.
    bodyTimeout: 0,
    headersTimeout: 0,
    keepAliveTimeout: 30_000,
    allowH2: true,
  });
}

/** The name that is asked for in the TLS handshake, which an address can't be. */
function serverName(host: string): string {
  const name = host.replace(/:\d+$/, "");
  return isIP(name.replace(/^\[|\]$/g, "")) === 0 ? name : "";
}
