import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Ledger } from "../access/ledger";
import { Channel } from "./channel";
import { WorkerAccount } from "./shared-ledger";
import type { Measured, PrimarySide, WorkerPlace, WorkerSide } from "./sides";

/** A worker that answers nothing for so long hangs, in milliseconds: far longer than the slowest name server takes. */
const patienceMs = 60_000;

/** What a worker needs of its primary. */
export interface WorkerParts {
  /** How many workers there are to be. */
  workers: number;
  ledger: Ledger;
  /** What all processes measure. */
  metrics: () => Promise<string>;
  /** Where whole lines of its log go. */
  write: (lines: string) => void;
}

/** One worker, as the primary sees it. */
export class WorkerProcess {
  readonly id: number;
  readonly pid: number | undefined;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  /** Where others reach it, once it has begun. */
  place?: WorkerPlace;
  /** What it measured when it was asked last. */
  measured: Measured = [];
  alive = true;
  private readonly worker: Worker;
  private readonly ready: Promise<void>;
  private readonly channel: Channel<PrimarySide, WorkerSide>;

  /** Starts it. */
  constructor({ workers, ledger, metrics, write }: WorkerParts) {
    const worker = cluster.fork();
    this.worker = worker;
    this.id = worker.id;
    this.pid = worker.process.pid;
    let ready = () => undefined as void;
    this.ready = new Promise((resolve) => (ready = resolve));
    const account = new WorkerAccount(ledger, workers);
    this.channel = new Channel(
      // What is on its way to a worker that has just ended is lost, as the worker is.
      (message) => void worker.send(message, undefined, () => undefined),
      { ready, count: (requests) => account.count(requests), metrics },
    );
    worker.on("message", (message: Parameters<typeof this.channel.receive>[0]) =>
      this.channel.receive(message),
    );
    // It is told of by how it ended.
    worker.on("error", () => undefined);
    for (const stream of [worker.process.stdout, worker.process.stderr]) passLines(stream, write);
    this.ended = once(worker, "exit").then(([code, signal]: (string | number | null)[]) => {
      this.alive = false;
      account.close();
      const how = signal ? `by signal ${signal}` : `with code ${code}`;
      this.channel.close(new Error(`Worker ${this.id} of the gateway ended ${how}`));
      return how;
    });
  }

  /** Asks it; one that does not answer is ended, and its place taken. */
  async ask<Name extends keyof WorkerSide>(
    ask: Name,
    ...given: Parameters<WorkerSide[Name]>
  ): Promise<Awaited<ReturnType<WorkerSide[Name]>>> {
    const timer = setTimeout(() => this.kill(), patienceMs);
    try {
      await Promise.race([this.ready, this.ended]);
      return await this.channel.ask(ask, ...given);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Has it end what runs, and waits until it is gone; longer than so many milliseconds it does not take. */
  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), withinMs);
    await Promise.race([this.ready, this.ended]);
    await this.channel.ask("stop").catch(() => undefined);
    if (this.worker.isConnected()) this.worker.process.disconnect();
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.worker.process.kill("SIGKILL");
  }
}

/** Writes whole lines on, so that those of several workers do not get into each other. */
function passLines(stream: Readable | null, write: (lines: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    const end = chunk.lastIndexOf("\n") + 1;
    if (end > 0) write(rest + chunk.slice(0, end));
    rest = end > 0 ? chunk.slice(end) : rest + chunk;
  });
  stream?.once("end", () => {
    if (rest !== "") write(`${rest}\n`);
  });
}
