import { lookup } from "node:dns/promises";
import type { ServerSettings } from "../config/schema";
import { Replica } from "./replica";

/** The replicas of one server: every address that its host name has. */
export class Replicas {
  private readonly known = new Map<string, Replica>();
  private readonly url: URL;
  private turn = 0;

  constructor(private readonly settings: ServerSettings) {
    this.url = new URL(settings.url);
  }

  /** Asks for the addresses again. Replicas that are gone end what they have begun. */
  async refresh(): Promise<void> {
    const found = await lookup(this.url.hostname.replace(/^\[|\]$/g, ""), { all: true });
    const origins = new Set(found.map(({ address, family }) => this.origin(address, family)));
    for (const origin of origins) {
      if (!this.known.has(origin)) this.known.set(origin, new Replica(origin, this.url.host, this.settings));
    }
    for (const [origin, replica] of this.known) {
      if (origins.has(origin)) continue;
      this.known.delete(origin);
      void replica.close();
    }
  }

  find(origin: string): Replica | undefined {
    return this.known.get(origin);
  }

  /** The one with the fewest requests outstanding; among equals it is each one's turn. */
  pick(): Replica | undefined {
    const all = [...this.known.values()];
    this.turn += 1;
    let best: Replica | undefined;
    for (let index = 0; index < all.length; index += 1) {
      const replica = all[(index + this.turn) % all.length]!;
      if (!best || replica.outstanding < best.outstanding) best = replica;
    }
    return best;
  }

  async close(): Promise<void> {
    await Promise.all([...this.known.values()].map((replica) => replica.destroy()));
    this.known.clear();
  }

  private origin(address: string, family: number): string {
    const port = this.url.port || (this.url.protocol === "https:" ? "443" : "80");
    return `${this.url.protocol}//${family === 6 ? `[${address}]` : address}:${port}`;
  }
}
