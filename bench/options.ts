import type { Log } from "../imaging/types";

/** How a part of the bench is run. */
export interface BenchOptions {
  /** How often each contender has its turn; the medians are compared. */
  rounds: number;
  /** How many tiers the cluster has. */
  tiers: number;
  /** How long one measurement lasts; the part's own time where it is left out. */
  seconds?: number;
  log: Log;
}
