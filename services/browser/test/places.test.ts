import { EventEmitter } from "node:events";
import type { Chromium } from "../src/chromium";
import { SessionPool } from "../src/pool";
import type { BrowserSession } from "../src/session";
import { readSettings } from "../src/settings";

/** Chromium, as far as places have to do with it: contexts that are opened and closed. */
class Contexts {
  open = 0;
  most = 0;

  async context(): Promise<unknown> {
    this.open += 1;
    this.most = Math.max(this.most, this.open);
    const context = Object.assign(new EventEmitter(), {
      setDefaultTimeout: () => undefined,
      setDefaultNavigationTimeout: () => undefined,
      newPage: async () => Object.assign(new EventEmitter(), { isClosed: () => false }),
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        this.open -= 1;
      },
    });
    return context;
  }
}

let contexts: Contexts;
let pool: SessionPool;
beforeEach(() => {
  contexts = new Contexts();
  pool = new SessionPool(contexts as unknown as Chromium, readSettings({ BROWSER_SESSIONS: "3" }));
});
afterEach(() => pool.close());

const never = new AbortController().signal;
const use = (session: BrowserSession) => session.call(never, async () => undefined);
const session = (client: string) => pool.session(client).session;
const keeps = (all: BrowserSession[]) => all.map(({ hasBrowser }) => hasBrowser);

test("the least recently used browser makes room, and its session says so in its next answer", async () => {
  const all = ["a", "b", "c"].map(session);
  for (const one of all) await use(one);
  await use(all[0]!);
  const late = session("d");
  await use(late);
  expect(keeps(all)).toEqual([true, false, true]);
  expect(all[1]!.takeNotices()).toEqual([expect.stringMatching(/browser was closed.*cookies are gone/)]);
  await use(all[1]!);
  expect(keeps([...all, late])).toEqual([true, true, false, true]);
  expect(contexts.most).toBe(3);
});

test("a client's own makes room first, though it was used last", async () => {
  const others = [session("other"), session("other")];
  const own = session("editor");
  for (const one of [...others, own]) await use(one);
  await use(session("editor"));
  expect(keeps([...others, own])).toEqual([true, true, false]);
});

test("one that works does not; where all do, who comes is told what to set", async () => {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const all = ["a", "b", "c"].map(session);
  const calls: Promise<void>[] = [];
  for (const one of all) {
    await new Promise<void>((begun) => calls.push(one.call(never, async () => (begun(), ended))));
  }
  await expect(use(session("d"))).rejects.toThrow(
    /All 3 browsers are in use.*BROWSER_SESSIONS, in a stack `browser\.sessions`/,
  );
  end();
  await Promise.all(calls);
  await use(session("d"));
  expect(contexts.most).toBe(3);
});

test("handles are as many: the least recently used ends, and none that works", async () => {
  const [first, second, third] = [await pool.open(), await pool.open(), await pool.open()];
  await pool.use(first, use);
  await pool.use(third, use);
  await pool.use(second, async () => {
    const fourth = await pool.open();
    await expect(pool.use(first, use)).rejects.toThrow(/no such session/);
    await pool.use(fourth, use);
  });
  await pool.use(second, use);
  expect(contexts.most).toBeLessThanOrEqual(3);
});

test("as many as want one at once never have more than there are", async () => {
  const all = Array.from({ length: 12 }, (_, index) => session(`client ${index}`));
  await Promise.allSettled(all.map(use));
  expect(contexts.most).toBeLessThanOrEqual(3);
  expect(contexts.open).toBe(keeps(all).filter(Boolean).length);
  await use(session("late"));
});
