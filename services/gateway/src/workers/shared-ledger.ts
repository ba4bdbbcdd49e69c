import type { Counted, Ledger, Taken } from "../access/ledger";
import type { Opened, Opening, SessionUse } from "../access/open-sessions";

/** One thing to count, as a worker asks it of the primary: a function of the ledger and what it is given. */
export type CountRequest =
  | { ask: "take"; what: Counted; key: string }
  | { ask: "giveBack"; what: Counted; key: string; points: number }
  | { ask: "enter"; key: string; most: number }
  | { ask: "leave"; key: string }
  | { ask: "open"; opening: Opening }
  | { ask: "opened"; nonce: string; id: string }
  | { ask: "use"; nonce: string; kind: SessionUse; by: 1 | -1 }
  | { ask: "close"; nonce: string };

/** What came of taking one, and how many the worker got besides, to give out by itself. */
export interface TakenAndMore extends Taken {
  more: number;
}

/** What came of it. */
export type CountAnswer = TakenAndMore | Opened | boolean | undefined;

/** What a worker got in advance. */
interface Stock {
  what: Counted;
  key: string;
  points: number;
  /** How many are left in the primary. */
  left: number;
  /** When all are there again, on the clock of `performance`. */
  until: number;
  /** Some of it was given out since it was last looked at. */
  used: boolean;
}

/** What nobody asked for in that time is given back, in milliseconds. */
const keptMs = 1000;

/** No worker gets more in advance. */
const mostInAdvance = 64;

/** How much of what is left the workers may hold in advance, all of them together. */
const advanceShare = 1 / 8;

/** With fewer left than this none is given in advance: a worker would refuse what another one holds and does not need. */
const fewestForAdvance = 512;

interface Waiting {
  request: CountRequest;
  resolve: (answer: CountAnswer) => void;
  reject: (error: Error) => void;
}

/**
 * The primary's ledger as a worker sees it, so that a limit holds for all workers together. A message for each request would cost
 * as much as the request: the worker gets some in advance, and asks for those of one turn of the event loop in one message.
 */
export class SharedLedger implements Ledger {
  private waiting: Waiting[] = [];
  private readonly stocks = new Map<string, Stock>();
  private timer?: NodeJS.Timeout;

  /** @param ask hands several to the primary, and gets the answers in the same order. */
  constructor(private readonly ask: (requests: CountRequest[]) => Promise<CountAnswer[]>) {}

  async take(what: Counted, key: string): Promise<Taken> {
    const name = `${what} ${key}`;
    const stock = this.stocks.get(name);
    const againMs = stock ? stock.until - performance.now() : 0;
    if (stock && stock.points > 0 && againMs > 0) {
      stock.points -= 1;
      stock.used = true;
      return { allowed: true, left: stock.left + stock.points, againMs };
    }
    const taken = (await this.count({ ask: "take", what, key })) as TakenAndMore;
    if (taken.more > 0) this.stock(name, what, key, taken);
    return taken;
  }

  giveBack(what: Counted, key: string, points = 1): void {
    this.tell({ ask: "giveBack", what, key, points });
  }

  enter(key: string, most: number): Promise<boolean> {
    return this.count({ ask: "enter", key, most }) as Promise<boolean>;
  }

  leave(key: string): void {
    this.tell({ ask: "leave", key });
  }

  open(opening: Opening): Promise<Opened> {
    return this.count({ ask: "open", opening }) as Promise<Opened>;
  }

  opened(nonce: string, id: string): void {
    this.tell({ ask: "opened", nonce, id });
  }

  useSession(nonce: string, kind: SessionUse, by: 1 | -1): void {
    this.tell({ ask: "use", nonce, kind, by });
  }

  close(nonce: string): void {
    this.tell({ ask: "close", nonce });
  }

  private stock(name: string, what: Counted, key: string, { more, left, againMs }: TakenAndMore): void {
    const until = performance.now() + againMs;
    const known = this.stocks.get(name);
    // What is left of a minute that is over is worth nothing.
    const points = known && known.until > performance.now() ? known.points + more : more;
    this.stocks.set(name, { what, key, points, left, until, used: true });
    this.timer ??= setInterval(() => this.giveUnusedBack(), keptMs).unref();
  }

  private giveUnusedBack(): void {
    const now = performance.now();
    for (const [name, stock] of this.stocks) {
      if (stock.used && stock.until > now) {
        stock.used = false;
        continue;
      }
      this.stocks.delete(name);
      // Close to the end it might come into the next minute, and be one too many there.
      if (stock.points > 0 && stock.until > now + keptMs) this.giveBack(stock.what, stock.key, stock.points);
    }
    if (this.stocks.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tell(request: CountRequest): void {
    // A primary that is gone counts nothing, and this process is about to end as well.
    this.count(request).catch(() => undefined);
  }

  private count(request: CountRequest): Promise<CountAnswer> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => void this.flush());
      this.waiting.push({ request, resolve, reject });
    });
  }

  private async flush(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    try {
      const answers = await this.ask(waiting.map(({ request }) => request));
      waiting.forEach(({ resolve }, index) => resolve(answers[index]));
    } catch (error) {
      waiting.forEach(({ reject }) => reject(error as Error));
    }
  }
}

/** What one worker counts in the primary's ledger. What lasts in it ends with it. */
export class WorkerAccount {
  private readonly lasting = new Map<string, number>();
  /** Uses of sessions that have begun, each as what ends it. */
  private readonly uses = new Map<string, { nonce: string; kind: SessionUse; count: number }>();

  /** @param workers so many share what is left. */
  constructor(
    private readonly ledger: Ledger,
    private readonly workers: number,
  ) {}

  count(requests: readonly CountRequest[]): Promise<CountAnswer[]> {
    // A burst comes as one message, and is one reason to give some in advance.
    const supplied = new Set<string>();
    return Promise.all(requests.map((request) => this.one(request, supplied)));
  }

  /** The worker is gone. */
  close(): void {
    for (const [key, count] of this.lasting) for (let n = 0; n < count; n += 1) this.ledger.leave(key);
    this.lasting.clear();
    for (const { nonce, kind, count } of this.uses.values())
      for (let n = 0; n < count; n += 1) this.ledger.useSession(nonce, kind, -1);
    this.uses.clear();
  }

  private async one(request: CountRequest, supplied: Set<string>): Promise<CountAnswer> {
    switch (request.ask) {
      case "take":
        return this.take(request.what, request.key, supplied);
      case "giveBack":
        return void this.ledger.giveBack(request.what, request.key, request.points);
      case "enter": {
        const entered = await this.ledger.enter(request.key, request.most);
        if (entered) this.add(request.key, 1);
        return entered;
      }
      case "leave":
        this.ledger.leave(request.key);
        return void this.add(request.key, -1);
      case "open":
        return this.open(request.opening);
      case "opened":
        this.began(request.nonce, "calls", -1);
        return void this.ledger.opened(request.nonce, request.id);
      case "use":
        this.began(request.nonce, request.kind, request.by);
        return void this.ledger.useSession(request.nonce, request.kind, request.by);
      case "close":
        return void this.ledger.close(request.nonce);
    }
  }

  private async take(what: Counted, key: string, supplied: Set<string>): Promise<TakenAndMore> {
    const taken = await this.ledger.take(what, key);
    const name = `${what} ${key}`;
    if (taken.left < fewestForAdvance || supplied.has(name)) return { ...taken, more: 0 };
    supplied.add(name);
    const more = Math.min(mostInAdvance, Math.floor((taken.left * advanceShare) / this.workers));
    if (!(more > 0)) return { ...taken, more: 0 };
    const { allowed, left } = await this.ledger.take(what, key, more);
    return { ...taken, left, more: allowed ? more : 0 };
  }

  private async open(opening: Opening): Promise<Opened> {
    const opened = await this.ledger.open(opening);
    // It counts as used by a call until it is open.
    if (opened.allowed) this.began(opening.nonce, "calls", 1);
    return opened;
  }

  private began(nonce: string, kind: SessionUse, by: 1 | -1): void {
    const key = `${kind} ${nonce}`;
    const count = (this.uses.get(key)?.count ?? 0) + by;
    if (count <= 0) this.uses.delete(key);
    else this.uses.set(key, { nonce, kind, count });
  }

  private add(key: string, by: number): void {
    const count = (this.lasting.get(key) ?? 0) + by;
    if (count === 0) this.lasting.delete(key);
    else this.lasting.set(key, count);
  }
}
