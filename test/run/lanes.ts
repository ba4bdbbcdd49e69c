import { availableParallelism, totalmem } from "node:os";

/** What a machine gives its tests. */
export interface Machine {
  /** Processors that this process may use. */
  cores: number;
  /** Memory, in GiB. */
  memoryGiB: number;
}

/** How many test files there may be at a time. */
export interface Lanes {
  /** Files that work at the same time: each keeps about two thirds of a processor busy, on the engine or here. */
  permits: number;
  /** Files that are begun: those that work, and those that wait for an alert or an engine meanwhile, which costs nobody anything. */
  workers: number;
}

/** What the machine and the engine need for themselves, in GiB. */
const restGiB = 2;

/** What a file's whole stack and the programs that work for it hold at most, in GiB. */
const laneGiB = 2.5;

/** Files that keep one processor busy. */
const perCore = 1.5;

/** With more lanes than this a run takes as long as its longest file does. */
const mostPermits = 8;

/** As many lanes as a machine bears: by its processors, and by the memory of the stacks that are up at a time. */
export function lanesOf({ cores, memoryGiB }: Machine): Lanes {
  const fit = Math.max(1, Math.floor((memoryGiB - restGiB) / laneGiB));
  const permits = Math.max(1, Math.min(Math.round(cores * perCore), fit, mostPermits));
  return { permits, workers: Math.min(permits + Math.ceil(permits / 2), fit) };
}

/** The machine that this runs on, or the part of it that a container is given. */
export function thisMachine(): Machine {
  // Without a limit it is 0, or more than there is.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return { cores: availableParallelism(), memoryGiB: memory / 2 ** 30 };
}
