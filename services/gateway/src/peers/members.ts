import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerSettings } from "../config/schema";
import { isObject } from "../protocol/jsonrpc";
import { emptyTally } from "../upstream/groups";
import { Replica } from "../upstream/replica";
import { addressesOf, type Lookup, originsOf, systemLookup } from "../upstream/addresses";
import { exchange } from "../upstream/wire";
import type { Hops } from "./hop";

/** Where a process of the gateway tells which ones can be reached at its address. */
export const membersPath = "/peers";

/** A process of the gateway, as it tells of itself. */
export interface Member {
  /** Another one for each process, and for each start of it. */
  id: string;
  /** Where it is reached by itself, where that is not the port that the gateway listens on: one of several workers. */
  port?: number;
}

/** Another worker of the same gateway, as the primary tells of it. */
export interface Sibling {
  id: string;
  /** Where it is reached from the same host, for example `http://127.0.0.1:40123`. */
  origin: string;
}

const lookEveryMs = 2000;
const answerWithinMs = 1000;

/** Looks that are asked for are not made more often. */
const pauseMs = 250;

/** An address that does not answer so often in a row has nobody any more. */
const mostMissed = 2;

const connection = { connections: 256, connectTimeoutMs: 1000, unhealthyAfter: 3, ejectionMs: 1000 };

/** The other processes of the gateway: found by the addresses of host names, asked who they are, and watched. */
export class Members {
  private readonly known = new Map<string, Replica>();
  /** By the address that was asked: who was there, and how often it has not answered since. */
  private readonly asked = new Map<string, { members: { id: string; origin: string }[]; missed: number }>();
  private readonly replicas = new Map<string, Replica>();
  private urls: readonly string[] = [];
  private siblings: readonly Sibling[] = [];
  private tls: ServerSettings["tls"];
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;
  private looked = 0;
  private soon?: NodeJS.Timeout;

  /**
   * @param local tells who can be reached at this process's own address; the process itself is among them.
   * @param lookup finds the addresses of host names.
   * @param hear gets what others share along with who they are.
   */
  constructor(
    readonly self: string,
    private readonly hops: Hops,
    readonly local: () => readonly Member[] = () => [{ id: self }],
    private readonly lookup: Lookup = systemLookup,
    private readonly hear: (shared: unknown) => void = () => undefined,
  ) {}

  /** Whether there is nobody else. */
  get alone(): boolean {
    return this.known.size === 0;
  }

  /** The others. */
  get others(): ReadonlyMap<string, Replica> {
    return this.known;
  }

  /**
   * Watches these addresses, each like `http://gateway:3000`, from now on.
   * @param tls certificates for those that are reached over TLS.
   */
  async watch(urls: readonly string[], tls?: ServerSettings["tls"]): Promise<void> {
    this.urls = urls;
    this.tls = tls;
    for (const replica of this.replicas.values()) replica.use({ ...connection, tls });
    await this.watchOn();
  }

  /** Knows these workers from now on, for as long as they are named. */
  async besides(siblings: readonly Sibling[]): Promise<void> {
    this.siblings = siblings;
    this.settle();
    await this.watchOn();
  }

  /** Where a process is; looked for where it is not known yet. */
  async find(id: string): Promise<Replica | undefined> {
    // Who has just been started was not there at the last look.
    const pause = this.looked + pauseMs - performance.now();
    if (!this.known.has(id) && pause > 0) await sleep(Math.ceil(pause) + 1);
    if (!this.known.has(id) && performance.now() - this.looked >= pauseMs) await this.look();
    return this.known.get(id);
  }

  /** Takes note of somebody who asked; who is not known is looked for. */
  noticed(id: string): void {
    if (id === this.self || this.known.has(id) || this.soon) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      void this.look();
    }, pauseMs).unref();
  }

  /** A process could not be reached. */
  lost(id: string): void {
    this.known.delete(id);
  }

  /**
   * The process that something belongs to, the same whichever process is asked (rendezvous hashing).
   * @param preferred is taken as long as it is there.
   */
  ownerOf(key: string, preferred?: string): string {
    if (preferred !== undefined && (preferred === this.self || this.known.has(preferred))) return preferred;
    const weight = (id: string) => createHash("sha256").update(`${id} ${key}`).digest("hex");
    return [this.self, ...this.known.keys()].reduce((best, id) => (weight(id) > weight(best) ? id : best));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.urls = [];
    this.siblings = [];
    await this.looking;
    await Promise.all([...this.replicas.values()].map((replica) => replica.destroy()));
  }

  private async watchOn(): Promise<void> {
    clearInterval(this.timer);
    await this.look();
    clearInterval(this.timer);
    if (this.urls.length + this.siblings.length === 0) return;
    this.timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  private look(): Promise<void> {
    return (this.looking ??= this.lookNow().finally(() => {
      this.looking = undefined;
      this.looked = performance.now();
    }));
  }

  private async lookNow(): Promise<void> {
    const origins = new Map<string, string>();
    for (const url of this.urls) {
      // A name server that does not answer takes nobody away.
      const found = await addressesOf(url, this.lookup).catch(() => undefined);
      const there = found ? originsOf(url, found) : [...this.asked.keys()];
      for (const origin of there) origins.set(origin, new URL(url).host);
    }
    await Promise.all([
      ...[...origins].map(([origin, host]) => this.ask(origin, host)),
      // Who they are is known; what they share is not.
      ...this.siblings.map((sibling) => this.membersAt(this.replicaOf(sibling)).catch(() => undefined)),
    ]);
    for (const origin of this.asked.keys()) if (!origins.has(origin)) this.asked.delete(origin);
    this.settle();
  }

  private async ask(origin: string, host: string): Promise<void> {
    try {
      const members = await this.membersAt(this.replicaAt(origin, host));
      const at = (port?: number) =>
        port === undefined ? origin : originsOf(origin, [{ address: new URL(origin).hostname }], port)[0]!;
      this.asked.set(origin, {
        members: members.map(({ id, port }) => ({ id, origin: at(port) })),
        missed: 0,
      });
      for (const { origin: own } of this.asked.get(origin)!.members) this.replicaAt(own, host);
    } catch {
      const before = this.asked.get(origin);
      if (before && (before.missed += 1) >= mostMissed) this.asked.delete(origin);
    }
  }

  private async membersAt(replica: Replica): Promise<Member[]> {
    const texts: string[] = [];
    const { status } = await exchange(
      replica,
      {
        method: "GET",
        path: membersPath,
        headers: this.hops.header("GET", membersPath),
        signal: AbortSignal.timeout(answerWithinMs),
      },
      { message: (text) => void texts.push(text) },
      64 * 1024,
    );
    const answer: unknown = JSON.parse(texts[0] ?? "");
    if (status !== 200 || !isObject(answer) || !Array.isArray(answer.members)) {
      throw new Error(`it answered with status ${status}`);
    }
    this.hear(answer.shared);
    return answer.members as Member[];
  }

  private replicaAt(origin: string, host: string): Replica {
    const known =
      this.replicas.get(origin) ?? new Replica(origin, host, { ...connection, tls: this.tls }, emptyTally());
    this.replicas.set(origin, known);
    return known;
  }

  private replicaOf({ origin }: Sibling): Replica {
    return this.replicaAt(origin, new URL(origin).host);
  }

  private settle(): void {
    this.known.clear();
    const used = new Set<string>(this.asked.keys());
    for (const { members } of this.asked.values()) {
      for (const { id, origin } of members) {
        used.add(origin);
        if (id !== this.self) this.known.set(id, this.replicas.get(origin)!);
      }
    }
    // Whoever is near is reached by the near way.
    for (const sibling of this.siblings) {
      used.add(sibling.origin);
      this.known.set(sibling.id, this.replicaOf(sibling));
    }
    for (const [origin, replica] of this.replicas) {
      if (used.has(origin)) continue;
      this.replicas.delete(origin);
      void replica.close();
    }
  }
}
