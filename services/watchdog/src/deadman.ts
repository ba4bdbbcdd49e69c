import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** So many checks in a row must miss the sign: a process that was paused as a whole is not taken for one that hangs. */
export const missedChecks = 4;

/** What the thread is handed. */
export interface DeadmanData {
  /** One counter, which goes up with each sign of life. */
  beats: Int32Array;
  checkMs: number;
}

/**
 * Ends the process when it gives no sign of life for about that long, be it that the engine does not answer or that its
 * loop hangs: the engine starts it again then, as it does with every program that ends. A thread of its own decides, which
 * no loop that hangs can keep from it.
 *
 * A new start is also what mends a socket that leads nowhere: a mounted one stays that of the engine that made it, and
 * only a start mounts that of an engine which was restarted below its containers.
 * @returns what gives the sign of life.
 */
export function startDeadman(silenceMs: number, thread = join(__dirname, "deadman.js")): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: DeadmanData = { beats, checkMs: silenceMs / missedChecks };
  const worker = new Worker(thread, { workerData, resourceLimits: { maxOldGenerationSizeMb: 8 } });
  worker.unref();
  return () => void Atomics.add(beats, 0, 1);
}
