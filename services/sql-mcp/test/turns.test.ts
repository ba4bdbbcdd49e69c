import { setImmediate as soon } from "node:timers/promises";
import { CancelledError, endingAt } from "../src/ended";
import { BusyError, Turns } from "../src/turns";

/** Work that ends when it is told to. */
function work() {
  let [end, begin] = [() => {}, () => {}];
  const ended = new Promise<void>((resolve) => (end = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const run = () => {
    begin();
    return ended;
  };
  return { run, begun, end };
}

describe("turns", () => {
  test("go to those who wait in order, and never to more than there are", async () => {
    const turns = new Turns(2, 60_000);
    const order: number[] = [];
    let most = 0;
    let running = 0;
    const calls = [0, 1, 2, 3, 4, 5].map((number) =>
      turns.run(async () => {
        order.push(number);
        running += 1;
        most = Math.max(most, running);
        await soon();
        running -= 1;
        // Somebody who comes just now is behind those who wait.
        if (number === 0) calls.push(turns.run(async () => void order.push(6)));
      }),
    );
    await Promise.all(calls);
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(2);
    expect(turns.state()).toEqual({ used: 0, waiting: 0 });
  });

  test("are given back by work that fails", async () => {
    const turns = new Turns(1, 60_000);
    await expect(turns.run(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await turns.run(async () => "next")).toBe("next");
  });

  test("are not waited for beyond the patience", async () => {
    const turns = new Turns(1, 20);
    const long = work();
    const first = turns.run(long.run);
    await expect(turns.run(async () => undefined)).rejects.toThrow(BusyError);
    expect(turns.state()).toEqual({ used: 1, waiting: 0 });
    long.end();
    await first;
    expect(turns.state()).toEqual({ used: 0, waiting: 0 });
  });

  test("pass over whoever has gone", async () => {
    const turns = new Turns(1, 60_000);
    const long = work();
    const first = turns.run(long.run);
    const gone = new AbortController();
    const waits = turns.run(async () => "gone", gone.signal);
    const next = turns.run(async () => "next");
    gone.abort();
    await expect(waits).rejects.toThrow(CancelledError);
    long.end();
    await first;
    expect(await next).toBe("next");
  });
});

describe("work that is ended", () => {
  const silent = { ask: async () => undefined, drop: () => undefined };

  test("is asked to end again until it has, and has ended when that is told", async () => {
    const { run, begun, end } = work();
    const cancel = new AbortController();
    let asked = 0;
    const ending = {
      ...silent,
      ask: async () => {
        asked += 1;
        if (asked === 2) end();
        if (asked === 1) throw new Error("nobody there");
      },
    };
    const outcome = endingAt({ signal: cancel.signal, milliseconds: 60_000 }, ending, run);
    await begun;
    cancel.abort();
    // Also where it came to its own end meanwhile: what it gave is not kept.
    await expect(outcome).rejects.toThrow(CancelledError);
    expect(asked).toBe(2);
  });

  test("is not touched when it came to its own end before", async () => {
    const cancel = new AbortController();
    let asked = 0;
    const ending = { ...silent, ask: async () => void (asked += 1) };
    expect(await endingAt({ signal: cancel.signal, milliseconds: 60_000 }, ending, async () => 7)).toBe(7);
    cancel.abort();
    await soon();
    expect(asked).toBe(0);
    const failed = endingAt({ milliseconds: 60_000 }, ending, () => Promise.reject(new Error("its own")));
    await expect(failed).rejects.toThrow("its own");
  });

  test("loses its connection where the database does not end it", async () => {
    jest.useFakeTimers();
    try {
      const cancel = new AbortController();
      let drop: (reason: Error) => void = () => undefined;
      const hangs = () => new Promise<never>((_, reject) => (drop = reject));
      const outcome = endingAt(
        { signal: cancel.signal, milliseconds: 60_000 },
        { ...silent, drop: (reason) => drop(reason) },
        hangs,
      );
      cancel.abort();
      jest.advanceTimersByTime(5000);
      await expect(outcome).rejects.toThrow(CancelledError);
    } finally {
      jest.useRealTimers();
    }
  });
});
