import { LRUCache } from "lru-cache";
import type { ClientFacts } from "../protocol/meta";
import type { Seal } from "./seal";

/** A session that a legacy server holds for one of its clients. */
export interface UpstreamSession {
  /** The replica that holds it: its origin, for example `http://172.22.0.5:3001`. */
  replica: string;
  /** Undefined where the server keeps no sessions. */
  id?: string;
  /** The revision that was agreed on. */
  version: string;
}

/** A legacy client's session: all that a gateway needs to serve it. */
export interface Session {
  /** The path's server; undefined for all of them. */
  scope?: string;
  /** Whose it is. */
  principal: string;
  /** The revision that was agreed on with the client. */
  version: string;
  client: ClientFacts;
  /** The sessions behind it, by server; a server without one is spoken to without. */
  upstream: Record<string, UpstreamSession>;
  /** The lowest level of log messages that the client wants from servers that have no sessions. */
  logLevel?: string;
  /** The process of the gateway that the client's streams and subscriptions are in. */
  home?: string;
  /** When it ends unless it is used, in seconds since 1970. */
  expires: number;
  /** Tells sessions apart that hold the same otherwise. */
  nonce: string;
}

/**
 * Turns sessions into ids and back. What is kept here only spares work: the last ids that were opened, which of them
 * were replaced by a newer one that the client may not have taken over, and which sessions were ended.
 */
export class Sessions {
  private readonly opened = new LRUCache<string, Session>({ max: 10_000 });
  private readonly replaced = new LRUCache<string, Session>({ max: 10_000 });
  private readonly ended = new LRUCache<string, true>({ max: 50_000 });
  /** Until when sessions last that were in use since their ids were made, in seconds since 1970. */
  private readonly kept = new LRUCache<string, number>({ max: 50_000 });

  /** @param seconds how long a session lasts after its last use. */
  constructor(
    private readonly seal: Seal,
    private readonly seconds: () => number,
  ) {}

  /** When a session that is used now ends, unless it is used again. */
  expiry(): number {
    return Math.floor(Date.now() / 1000) + this.seconds() + this.slack();
  }

  /**
   * Counts a session's time anew, as it is used. Its end is in its id, so it gets another: not each time, but so often that it
   * lasts its whole time after any use. The old one is good for as long here; a process that was never asked knows nothing of it.
   * @returns the id that it has from now on; undefined where it keeps the one that it has.
   */
  renew(id: string, session: Session): string | undefined {
    const expires = this.expiry();
    if (expires - session.expires < this.slack()) return undefined;
    session.expires = expires;
    return this.replace(id, session);
  }

  /** Counts a session's time anew in this process, where its client can't be told another id. */
  keep({ nonce }: Session): void {
    this.kept.set(nonce, this.expiry());
  }

  /** So long after its last use a session may be counted as used once more, in milliseconds. */
  get slackMs(): number {
    return this.slack() * 1000;
  }

  /** The id of a session. */
  idOf(session: Session): string {
    const id = this.seal.seal("session", session);
    this.opened.set(id, session);
    return id;
  }

  /** The session of an id; undefined where it is not valid, not valid any more, or somebody else's. */
  find(id: string, principal: string, scope: string | undefined): Session | undefined {
    const session = this.peek(id);
    if (!session) return undefined;
    const expires = Math.max(session.expires, this.kept.get(session.nonce) ?? 0);
    if (expires * 1000 < Date.now()) return undefined;
    if (this.ended.has(session.nonce)) return undefined;
    if (session.principal !== principal || session.scope !== scope) return undefined;
    return session;
  }

  /** The session of an id, whosever it is, that the gateway has given out. */
  peek(id: string): Session | undefined {
    return this.replaced.get(id) ?? this.opened.get(id) ?? this.open(id);
  }

  /** Gives a session that changed its new id; the old one leads to it as well. */
  replace(id: string, session: Session): string {
    this.replaced.set(id, session);
    const fresh = this.idOf(session);
    this.replaced.set(fresh, session);
    return fresh;
  }

  /** Forgets what ids were found to stand for, as the keys that seal them are others. */
  forget(): void {
    this.opened.clear();
    this.replaced.clear();
  }

  /** Ends a session in this process. */
  end(id: string, { nonce }: Session): void {
    this.ended.set(nonce, true);
    this.opened.delete(id);
    this.replaced.delete(id);
  }

  private slack(): number {
    return Math.ceil(this.seconds() / 24);
  }

  private open(id: string): Session | undefined {
    const session = this.seal.open("session", id) as Session | undefined;
    if (session) this.opened.set(id, session);
    return session;
  }
}
