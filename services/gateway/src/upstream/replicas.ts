import type { ServerSettings } from "../config/schema";
import { addressesOf, type Lookup, originsOf, systemLookup } from "./addresses";
import type { Tally } from "./groups";
import { GrpcHealth } from "./grpc-health";
import { Replica } from "./replica";
import { send } from "./wire";

/** A replica that does not tell of its health within so long has failed, in milliseconds. */
const healthTimeoutMs = 5000;

/** No more of a health page is read, in bytes. */
const mostHealthBytes = 65_536;

/** A server's settings, with the address of these replicas. */
type ReplicasSettings = ServerSettings & {
  url: string;
  /** Further addresses, of replicas that registered themselves. */
  also: readonly string[];
};

/** The replicas of one group: every address that its host name has, watched. */
export class Replicas {
  private readonly known = new Map<string, Replica>();
  private readonly grpc = new Map<string, GrpcHealth>();
  private turn = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    private settings: ReplicasSettings,
    /** Counts what is asked of them. */
    private readonly tally: Tally,
    private readonly addresses: Lookup = systemLookup,
  ) {}

  /** Looks for replicas and at their health, now and again and again. */
  async watch(): Promise<void> {
    await this.look();
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.look(), this.settings.healthIntervalMs).unref();
  }

  /** Takes other settings over. Replicas that the new ones lead to as well stay as they are. */
  async use(settings: ReplicasSettings): Promise<void> {
    this.settings = settings;
    for (const replica of this.all) replica.use(settings);
    await this.watch();
  }

  get all(): Replica[] {
    return [...this.known.values()];
  }

  find(origin: string): Replica | undefined {
    return this.known.get(origin);
  }

  /**
   * The one with the fewest requests outstanding among those that are in use; among equals it is each one's turn. Those that
   * seem to stop come last: a request that finds a socket closed as it arrives can't be known to have done nothing.
   * @param tried are not taken again.
   */
  pick(tried: ReadonlySet<Replica> = new Set()): Replica | undefined {
    const all = this.all;
    this.turn += 1;
    let best: Replica | undefined;
    for (let index = 0; index < all.length; index += 1) {
      const replica = all[(index + this.turn) % all.length]!;
      if (tried.has(replica) || !replica.health.usable) continue;
      if (!best || isBefore(replica, best)) best = replica;
    }
    return best;
  }

  /** Looks no more; what has begun on the replicas comes to its end. */
  retire(): void {
    clearInterval(this.timer);
    for (const replica of this.all) void replica.close();
    this.known.clear();
    this.pruneGrpc();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.all.map((replica) => replica.destroy()));
    this.known.clear();
    this.pruneGrpc();
  }

  private async look(): Promise<void> {
    await this.refresh();
    this.pruneGrpc();
    for (const replica of this.all) this.check(replica);
  }

  private async refresh(): Promise<void> {
    const { url, also } = this.settings;
    const found = await Promise.all([url, ...also].map((place) => this.at(place)));
    const origins = new Map(found.flat());
    for (const [origin, host] of origins) {
      const known = this.known.get(origin);
      if (known?.host === host) continue;
      this.known.set(origin, new Replica(origin, host, this.settings, this.tally));
      void known?.close();
      this.tally.back?.();
    }
    for (const [origin, replica] of this.known) {
      if (origins.has(origin)) continue;
      this.known.delete(origin);
      // What has begun on it may come to its end.
      void replica.close();
    }
  }

  private async askGrpc(replica: Replica, port: number, service: string): Promise<void> {
    const { origin, health } = replica;
    const { protocol, hostname } = new URL(origin);
    const address = `${hostname}:${port}`;
    const asked = this.grpc.get(address) ?? new GrpcHealth(address, protocol === "https:");
    this.grpc.set(address, asked);
    try {
      health.serves = await asked.check(service, healthTimeoutMs);
      if (health.serves) health.succeeded();
    } catch {
      health.failed();
      replica.letGo();
    }
  }

  /** Forgets the health services of replicas that are gone. */
  private pruneGrpc(): void {
    const hosts = new Set(this.all.map(({ origin }) => new URL(origin).hostname));
    const { healthGrpcPort: port } = this.settings;
    for (const [address, asked] of this.grpc) {
      const [, host = "", at] = /^(.*):(\d+)$/.exec(address) ?? [];
      if (hosts.has(host) && Number(at) === port) continue;
      this.grpc.delete(address);
      asked.close();
    }
  }

  /** The origins at a place, each with the name that it is called by. */
  private async at(place: string): Promise<[origin: string, host: string][]> {
    const { host } = new URL(place);
    const addresses = await addressesOf(place, this.addresses).catch(() => undefined);
    // A name server that does not answer takes no replica away.
    const origins = addresses
      ? originsOf(place, addresses)
      : this.all.filter((replica) => replica.host === host).map(({ origin }) => origin);
    return origins.map((origin) => [origin, host]);
  }

  /** Asks a replica for its health; what it answers counts as a call's outcome does. */
  private check(replica: Replica): void {
    const { healthPath, headers, healthGrpcPort, healthGrpcService } = this.settings;
    if (healthGrpcPort !== undefined) {
      return void this.askGrpc(replica, healthGrpcPort, healthGrpcService);
    }
    replica.health.serves = true;
    const signal = AbortSignal.timeout(healthTimeoutMs);
    let bytes = 0;
    send(
      replica,
      { method: "GET", path: healthPath, headers, signal, probes: true },
      {
        start: () => undefined,
        // Its status has said all; a page without end is not read to it.
        data: (chunk, flow) => {
          bytes += chunk.length;
          if (bytes > mostHealthBytes) flow.abort(new Error("the health page is too long"));
        },
        end: () => undefined,
        // A replica that hangs has failed, though it was the gateway that gave up.
        fail: () => {
          if (signal.aborted) replica.health.failed();
          replica.letGo();
        },
      },
    );
  }
}

function isBefore(one: Replica, other: Replica): boolean {
  if (one.leaving !== other.leaving) return !one.leaving;
  return one.outstanding < other.outstanding;
}
