import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { Status } from "../config/configuration";
import type { Settings } from "../config/schema";
import type { Member, Sibling } from "../peers/members";
import type { CountAnswer, CountRequest } from "./shared-ledger";

/** What one process measures. */
export type Measured = MetricObjectWithValues<MetricValue<string>>[];

/** A worker, as the others have to know it. */
export interface WorkerPlace {
  id: string;
  /** Where other workers reach it. */
  origin: string;
  /** Where other replicas of the gateway reach it. */
  port: number;
}

/** What a worker begins with. */
export interface Beginning {
  status: Status;
  /** Seals sessions as long as there are no session keys; the same for all workers. */
  sealSecret: string;
}

/** What the primary asks of a worker. */
export type WorkerSide = {
  /** Makes the gateway, and listens for its other processes. */
  begin(given: Beginning): Promise<WorkerPlace>;
  /** Takes note of the other workers. */
  besides(given: { siblings: Sibling[]; local: Member[] }): Promise<void>;
  /** Takes clients' connections. Gives the port. */
  serve(): Promise<number>;
  /** Makes ready for other settings; `commit` or `abandon` has to follow. */
  prepare(settings: Settings): Promise<void>;
  commit(status: Status): void;
  abandon(): void;
  /** Takes note of how the last reload ended. */
  status(status: Status): void;
  measure(): Promise<Measured>;
  /** Ends what runs, and the process. */
  stop(): Promise<void>;
};

/** What a worker asks of the primary. */
export type PrimarySide = {
  /** The worker can be asked from now on. */
  ready(): void;
  count(requests: CountRequest[]): Promise<CountAnswer[]>;
  /** What all processes measure, as Prometheus reads it. */
  metrics(): Promise<string>;
};
