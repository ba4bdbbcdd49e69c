import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { describeError, type Logger } from "../../../host/log";
import { OwnLedger } from "../access/ledger";
import { Configuration, type Prepared, type Status } from "../config/configuration";
import { type Reload, reloading } from "../config/reload";
import type { Settings } from "../config/schema";
import { configurationMetrics } from "../http/configuration-metrics";
import type { Gateway } from "../server";
import { randomSecret } from "../session/seal";
import { Turns } from "../turns";
import { JointMetrics } from "./joint-metrics";
import { WorkerProcess } from "./worker-process";

/** A worker that ends sooner than so after its start seems not to get along, in milliseconds. */
const soonMs = 10_000;

/** Pause before a worker that ended soon is replaced, in milliseconds; it doubles up to the longest. */
const shortestPauseMs = 100;
const longestPauseMs = 10_000;

/** What workers need to end after their calls did, in milliseconds. */
const endingMs = 5000;

/**
 * Starts the gateway in as many workers as the settings say. This process serves no request: it has the configuration, counts what
 * is limited, and keeps the workers running.
 * @param write where whole lines of the workers' logs go.
 */
export async function startWorkers(
  settings: Settings,
  log: Logger,
  write: (lines: string) => void,
): Promise<Gateway> {
  // Sets and missing values are the same on both sides.
  cluster.setupPrimary({ silent: true, serialization: "advanced" });
  const workers = new Workers(await Configuration.of(settings), log, write);
  return {
    port: await workers.start(),
    inForce: workers.configuration,
    reload: (read) => workers.reload(read),
    stop: () => workers.stop(),
  };
}

class Workers {
  private readonly running = new Set<WorkerProcess>();
  private readonly ledger: OwnLedger;
  private readonly metrics = new JointMetrics(() => [...this.running]);
  private readonly sealSecret = randomSecret();
  /** Workers come, and settings change, one after the other: none begins with what is not in force any more. */
  private readonly turns = new Turns();
  private readonly reloadAll: Reload;
  private port = 0;
  private pauseMs = shortestPauseMs;
  private stopping = false;

  constructor(
    readonly configuration: Configuration,
    private readonly log: Logger,
    private readonly write: (lines: string) => void,
  ) {
    const { settings } = configuration;
    this.ledger = new OwnLedger(settings);
    configurationMetrics(configuration, this.metrics.registry);
    this.reloadAll = reloading(configuration, (next) => this.prepare(next), log);
  }

  /** Starts all. @returns the port. @throws Error with what keeps one of them from serving. */
  async start(): Promise<number> {
    const { workers } = this.configuration.settings;
    try {
      await Promise.all(Array.from({ length: workers }, () => this.add()));
    } catch (error) {
      await this.stop();
      throw error;
    }
    return this.port;
  }

  /** Has all workers take other settings over, or none. */
  reload(read: () => Settings): ReturnType<Reload> {
    return this.turns.take(async () => {
      const outcome = await this.reloadAll(read);
      // What they are asked one after the other they do one after the other: all have taken it over then.
      await this.tellAll((worker) => worker.ask("status", this.status));
      return outcome;
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const withinMs = this.configuration.settings.drainSeconds * 1000 + endingMs;
    await Promise.all([...this.running].map((worker) => worker.stop(withinMs)));
  }

  private get status(): Status {
    const { settings, version, outcomes, refusal } = this.configuration;
    return { settings, version, outcomes, refusal };
  }

  private async prepare(next: Settings): Promise<Prepared> {
    const workers = [...this.running];
    const asked = await Promise.allSettled(workers.map((worker) => worker.ask("prepare", next)));
    // One that died on the way is replaced by one that begins with what is in force then.
    const failed = asked.find((one, index) => one.status === "rejected" && workers[index]!.alive);
    const abandon = () => void this.tellAll((worker) => worker.ask("abandon"));
    if (failed?.status === "rejected") {
      abandon();
      throw failed.reason;
    }
    return {
      abandon,
      commit: () => {
        this.ledger.use(next);
        void this.tellAll((worker) => worker.ask("commit", this.status));
      },
    };
  }

  private async add(): Promise<void> {
    const worker = new WorkerProcess({
      workers: this.configuration.settings.workers,
      ledger: this.ledger,
      metrics: () => this.metrics.text(),
      write: this.write,
    });
    this.running.add(worker);
    const since = performance.now();
    let served = false;
    void worker.ended.then(async (how) => {
      this.running.delete(worker);
      if (this.stopping || !served) return;
      await this.metrics.ended(worker);
      await this.replace(worker, how, performance.now() - since);
    });
    try {
      worker.place = await worker.ask("begin", { status: this.status, sealSecret: this.sealSecret });
      await this.introduce();
      this.port = await worker.ask("serve");
      served = true;
      this.log.info("worker serves", { worker: worker.id, pid: worker.pid });
    } catch (error) {
      worker.kill();
      await worker.ended;
      throw error;
    }
  }

  /** Has another one take a worker's place, and goes on trying to. */
  private async replace(worker: WorkerProcess, how: string, lastedMs: number): Promise<void> {
    this.log.error("worker ended", { worker: worker.id, how });
    this.pauseMs = lastedMs < soonMs ? Math.min(this.pauseMs * 2, longestPauseMs) : shortestPauseMs;
    await this.introduce();
    while (!this.stopping) {
      await sleep(this.pauseMs);
      try {
        await this.turns.take(async () => {
          if (!this.stopping) await this.add();
        });
        return;
      } catch (error) {
        this.log.error("no worker could take its place", describeError(error));
        this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
      }
    }
  }

  /** Tells each worker of the others. */
  private async introduce(): Promise<void> {
    const places = [...this.running].flatMap(({ place }) => (place ? [place] : []));
    const local = places.map(({ id, port }) => ({ id, port }));
    await this.tellAll((worker) => {
      const siblings = places.filter((place) => place !== worker.place);
      return worker.ask("besides", { siblings, local });
    });
  }

  /** Asks all that have begun; one that is gone meanwhile need not hear of it. */
  private async tellAll(ask: (worker: WorkerProcess) => Promise<unknown>): Promise<void> {
    await Promise.allSettled([...this.running].filter(({ place }) => place).map(ask));
  }
}
