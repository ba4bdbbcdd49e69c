import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Seal } from "../session/seal";

/** The header that a process of the gateway puts on what it sends to another one. */
export const hopHeader = "x-mcp-gateway-hop";

/** A hop is good for so long, whatever the clocks of two hosts say, in milliseconds. */
const goodForMs = 60_000;

/** What the header says, sealed. */
interface Hop {
  from: string;
  /** The process that it is for; undefined where whoever is there may take it. */
  to?: string;
  request: string;
  at: number;
  nonce: string;
}

/**
 * Tells requests of the gateway's other processes from everybody else's: only who has the session keys can seal the
 * header, it is good for one request to one process, and once. It gives no rights: the client's own credentials come
 * along and are checked again.
 */
export class Hops {
  private readonly seen = new LRUCache<string, true>({ max: 100_000, ttl: 2 * goodForMs });

  constructor(
    private readonly seal: Seal,
    private readonly self: string,
  ) {}

  /** The header of one request. */
  header(method: string, path: string, to?: string): Record<string, string> {
    const hop: Hop = {
      from: this.self,
      ...(to === undefined ? {} : { to }),
      request: `${method} ${path}`,
      at: Date.now(),
      nonce: randomUUID(),
    };
    return { [hopHeader]: this.seal.seal("hop", hop) };
  }

  /**
   * The process that sent a request; undefined where it comes from outside.
   * @throws RpcError where it pretends to.
   */
  from({ headers, method, url }: IncomingMessage): string | undefined {
    const sealed = headers[hopHeader];
    if (sealed === undefined) return undefined;
    const hop = typeof sealed === "string" ? (this.seal.open("hop", sealed) as Hop | undefined) : undefined;
    const good =
      hop?.request === `${method} ${url}` &&
      (hop.to === undefined || hop.to === this.self) &&
      Math.abs(Date.now() - hop.at) < goodForMs &&
      !this.seen.has(hop.nonce);
    if (!good) {
      throw new RpcError(
        errorCode.forbidden,
        `${hopHeader} is not of a replica of this gateway; have all of them the same sessionKeys, and the same time?`,
        403,
      );
    }
    this.seen.set(hop.nonce, true);
    return hop.from;
  }
}
