import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../imaging/lock";
import { deadPid, useOwnCache } from "./cache-folder";

const cache = useOwnCache();
const quiet = () => undefined;
const lockFile = () => path.join(cache.folder(), "locks", "image.lock");

function leaveLock(content: string) {
  fs.mkdirSync(path.dirname(lockFile()), { recursive: true });
  fs.writeFileSync(lockFile(), content);
}

test("one step at a time, and the lock is gone afterwards", async () => {
  let inside = 0;
  let most = 0;
  const step = async () => {
    most = Math.max(most, ++inside);
    await sleep(20);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock("image", quiet, step)));
  expect(most).toBe(1);
  expect(fs.existsSync(lockFile())).toBe(false);
});

test("a failed step gives the lock back and its result on", async () => {
  await expect(withLock("image", quiet, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(withLock("image", quiet, () => Promise.resolve(7))).resolves.toBe(7);
});

test("the lock of a process that is gone is taken over", async () => {
  leaveLock(`${deadPid}\n`);
  await expect(withLock("image", quiet, () => Promise.resolve("mine"))).resolves.toBe("mine");
});

test("several who wait for a dead process still go one by one", async () => {
  leaveLock(`${deadPid}\n`);
  let inside = 0;
  let most = 0;
  const step = async () => {
    most = Math.max(most, ++inside);
    await sleep(10);
    inside--;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock("image", quiet, step)));
  expect(most).toBe(1);
});

test("a lock that was cut short while it was written holds nobody up for long", async () => {
  leaveLock("");
  const past = new Date(Date.now() - 60_000);
  fs.utimesSync(lockFile(), past, past);
  await expect(withLock("image", quiet, () => Promise.resolve("mine"))).resolves.toBe("mine");
});

test("who waits for a living process says for whom, and goes on when that is gone", async () => {
  const other = spawn("sleep", ["60"]);
  await once(other, "spawn");
  leaveLock(`${other.pid}\n`);
  const lines: string[] = [];
  const waiting = withLock(
    "image",
    (line) => lines.push(line),
    () => Promise.resolve("mine"),
  );
  await sleep(2500);
  expect(lines).toEqual([`waiting for process ${other.pid}, which is at work on image`]);
  other.kill("SIGKILL");
  await expect(waiting).resolves.toBe("mine");
});
