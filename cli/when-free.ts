import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { progressOf, step } from "../progress";
import type { StackArguments } from "./arguments";
import { commandLine } from "./operate/command-line";
import { backendFolder } from "./repair/folder-backend";
import {
  folderLocks,
  holder,
  isHere,
  type Lock,
  type Locks,
  lockText,
  partLocks,
  readLocks,
} from "./repair/lock";
import { SetupError } from "./setup/step";

/** What came of a run of Pulumi. */
export interface Attempt {
  code: number;
  /** Its message, where it changed nothing because somebody else has the stack's lock. */
  refusal: readonly string[];
}

/** How Pulumi begins to say that it did not get a lock. Source: `checkForLock` in its backend for folders and buckets. */
export const lockedWords = "the stack is currently locked by";

/** Between two looks whether a lock is still held. */
const lookEveryMs = 500;

/**
 * Runs what takes a stack's lock, once nobody on this machine has it any more; says whom it waits for. Gives the exit code.
 * @param attempt runs Pulumi; made again where somebody else was faster.
 * @throws SetupError for a lock that nobody holds any more, and for one of another machine, where nobody can tell from here.
 */
export async function whenFree(stack: StackArguments, attempt: () => Promise<Attempt>): Promise<number> {
  const seenDead = new Set<string>();
  for (let told: readonly Lock[] = []; ;) {
    const { alive, stale } = locksNow(stack, told);
    refuseHopeless(stack, alive, stale, seenDead);
    const hasLock = (lock: Lock) => locksNow(stack, told).alive.some((now) => idOf(now) === idOf(lock));
    if (alive.length > 0) await ended(stack, alive, hasLock);
    // A process that has just ended may still be about to be done with its lock: it counts as dead when it is seen twice.
    stale.forEach((lock) => seenDead.add(idOf(lock)));
    if (stale.length > 0) await sleep(lookEveryMs);
    if (backendFolder() !== undefined && alive.length + stale.length > 0) continue;
    const { code, refusal } = await attempt();
    told = readLocks(refusal);
    if (told.length === 0) {
      refusal.forEach((line) => console.error(line));
      return code;
    }
    // Two that ask at the same moment refuse each other: the next time they are not to.
    await sleep(randomInt(2 * lookEveryMs));
  }
}

/** Waits until nobody has the stack's lock, where that can be seen without asking for it. */
export async function untilFree(stack: StackArguments): Promise<void> {
  await whenFree(stack, async () => ({ code: 0, refusal: [] }));
}

/** The locks there are: a folder is looked into, of another backend the last refusal told. */
function locksNow({ stack }: StackArguments, told: readonly Lock[]): Locks {
  return backendFolder() === undefined ? partLocks(told, []) : folderLocks(stack);
}

function refuseHopeless(
  stack: StackArguments,
  alive: readonly Lock[],
  stale: readonly Lock[],
  seenDead: ReadonlySet<string>,
): void {
  const elsewhere = alive.find((lock) => !isHere(lock));
  if (elsewhere)
    throw new SetupError(
      `"${stack.stack}" is locked from another machine: ${lockText(elsewhere)}. Nobody can tell from here whether it still ` +
        `runs: wait for it; if it has ended, release its lock with: ` +
        `${commandLine("repair", stack, ["--ended", holder(elsewhere)])}. Nothing was changed.`,
    );
  const dead = stale.find((lock) => seenDead.has(idOf(lock)));
  if (dead)
    throw new SetupError(
      `"${stack.stack}" is locked by ${lockText(dead)}, which was ended before it was done. Release the lock, and mend what it ` +
        `left, with: ${commandLine("repair", stack)}. Nothing was changed.`,
    );
}

/** Says who has the lock, and waits until none of those has it any more. */
async function ended(
  { stack }: StackArguments,
  locks: readonly Lock[],
  hasLock: (lock: Lock) => boolean,
): Promise<void> {
  const log = progressOf("Wait");
  const whom = locks.map(lockText).join(" and ");
  log(`"${stack}" is in use by ${whom}; this goes on when that has ended, and Ctrl-C ends it`);
  await step(log, "waiting for that to end", undefined, async () => {
    while (locks.some(hasLock)) await sleep(lookEveryMs);
  });
}

function idOf(lock: Lock): string {
  return `${holder(lock)} ${lock.timestamp}`;
}
