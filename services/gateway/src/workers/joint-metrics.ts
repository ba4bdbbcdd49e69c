import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Measured } from "./sides";
import type { WorkerProcess } from "./worker-process";

/** A worker that is busy for longer is shown as it was when it was asked before, in milliseconds. */
const answerWithinMs = 2000;

/** What the primary and all workers measure, as one: a scrape says the same whichever worker is asked. */
export class JointMetrics {
  /** The primary's own. */
  readonly registry = new Registry();
  /** What workers that are gone had counted, as a total must not fall when one dies. */
  private gone: Measured = [];
  private readonly replaced: Counter;

  constructor(private readonly workers: () => readonly WorkerProcess[]) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: "mcp_gateway_workers",
      help: "Workers that serve.",
      registers,
      collect() {
        this.set(workers().length);
      },
    });
    this.replaced = new Counter({
      name: "mcp_gateway_workers_replaced_total",
      help: "Workers that ended without being told to, and were replaced.",
      registers,
    });
  }

  /** All of it, as Prometheus reads it. */
  async text(): Promise<string> {
    const workers = this.workers();
    await Promise.all(workers.map((worker) => refreshed(worker)));
    const own = (await this.registry.getMetricsAsJSON()) as Measured;
    const all = [own, this.gone, ...workers.map(({ measured }) => measured)];
    return AggregatorRegistry.aggregate(all).metrics();
  }

  /** Takes note of a worker that ended: what it counted stays, what it had at that moment does not. */
  async ended({ measured }: WorkerProcess): Promise<void> {
    this.replaced.inc();
    const counted = measured.filter(({ type }) => ["counter", "histogram"].includes(String(type)));
    this.gone = await AggregatorRegistry.aggregate([this.gone, counted]).getMetricsAsJSON();
  }
}

/** Asks a worker what it measures. */
async function refreshed(worker: WorkerProcess): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, answerWithinMs)));
  const asked = worker.ask("measure").then(
    (measured) => void (worker.measured = measured),
    () => undefined,
  );
  await Promise.race([asked, late]);
  clearTimeout(timer);
}
