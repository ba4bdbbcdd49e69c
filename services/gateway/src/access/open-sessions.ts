import { leastUsed, type Usage } from "../../../host/least-used";

/** How a session is used while somebody waits for it. */
export type SessionUse = "calls" | "streams";

/** A session that is about to be opened. */
export interface Opening {
  /** Whose it is. */
  client: string;
  nonce: string;
  /** Most that the client may have. */
  most: number;
  /** How long one lasts after its last use. */
  seconds: number;
}

/** What came of it. */
export interface Opened {
  /** False where a call runs in each that there is. */
  allowed: boolean;
  /** The id of another one of the client that has to end for it. */
  ended?: string;
}

interface Open extends Usage {
  nonce: string;
  id?: string;
}

/** The sessions that clients have open, so that the one that is used least makes room where a client has as many as it may have. */
export class OpenSessions {
  private readonly byClient = new Map<string, Map<string, Open>>();
  private readonly all = new Map<string, Open>();

  /** Counts a session from when it is opened; it counts as used by a call until its id is told. */
  open({ client, nonce, most, seconds }: Opening): Opened {
    const oldest = performance.now() - seconds * 1000;
    for (const { nonce: old, calls, streams, used } of this.of(client).values())
      if (calls + streams <= 0 && used < oldest) this.close(old);
    const ended: Opened = { allowed: true };
    if (this.of(client).size >= most) {
      const victim = leastUsed([...this.of(client).values()], client);
      if (!victim) return { allowed: false };
      this.close(victim.nonce);
      if (victim.id !== undefined) ended.ended = victim.id;
    }
    const open = { client, nonce, calls: 1, streams: 0, used: performance.now() };
    this.all.set(nonce, open);
    this.byClient.set(client, this.of(client).set(nonce, open));
    return ended;
  }

  /** It is open, under this id. */
  opened(nonce: string, id: string): void {
    const open = this.all.get(nonce);
    if (open) open.id = id;
    this.use(nonce, "calls", -1);
  }

  /** A use begins (1) or ends (-1). */
  use(nonce: string, kind: SessionUse, by: number): void {
    const open = this.all.get(nonce);
    if (!open) return;
    open[kind] = Math.max(0, open[kind] + by);
    open.used = performance.now();
  }

  close(nonce: string): void {
    const open = this.all.get(nonce);
    if (!open) return;
    this.all.delete(nonce);
    const own = this.of(open.client);
    own.delete(nonce);
    if (own.size === 0) this.byClient.delete(open.client);
  }

  private of(client: string): Map<string, Open> {
    return this.byClient.get(client) ?? new Map<string, Open>();
  }
}
