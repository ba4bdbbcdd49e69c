import { KeptConnection } from "../src/kept-connection";

/** A connection that notes what is done with it. */
function kept(answers: { ping?: () => Promise<void>; close?: () => Promise<void> } = {}) {
  const done: string[] = [];
  const lost: (() => void)[] = [];
  const connection = new KeptConnection({
    open: async (break_) => {
      lost.push(break_);
      return done.push("open");
    },
    ping: answers.ping ?? (async () => void done.push("ping")),
    close: async () => {
      done.push("close");
      await answers.close?.();
    },
    drop: () => void done.push("drop"),
  });
  return { connection, done, lost };
}

it("is opened once, and takes leave of the database in the end, which would log it as broken off", async () => {
  const { connection, done } = kept();
  await connection.ping();
  await connection.ping();
  await connection.close();
  expect(done).toEqual(["open", "ping", "ping", "close", "drop"]);
});

it("is given up without a word once it is broken, and opened anew", async () => {
  const { connection, done, lost } = kept();
  await connection.ping();
  lost[0]!();
  await connection.ping();
  expect(done.filter((what) => what !== "drop")).toEqual(["open", "ping", "open", "ping"]);
  expect(done).toContain("drop");
});

it("fails where the database does, and waits for no leave of one that is silent", async () => {
  jest.useFakeTimers();
  const silent = () => new Promise<void>(() => undefined);
  const failing = kept({ ping: () => Promise.reject(new Error("gone")) });
  await expect(failing.connection.ping()).rejects.toThrow("gone");
  await jest.advanceTimersByTimeAsync(0);
  expect(failing.done).toEqual(["open", "drop"]);
  const { connection, done } = kept({ close: silent });
  await connection.ping();
  const closed = connection.close();
  await jest.advanceTimersByTimeAsync(2000);
  await closed;
  expect(done.slice(-2)).toEqual(["close", "drop"]);
  await kept().connection.close(); // one that was never opened
  jest.useRealTimers();
});
