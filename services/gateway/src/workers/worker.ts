import cluster from "node:cluster";
import { createLogger } from "../../../host/log";
import { startTracing } from "../../../host/tracing";
import { version } from "../../package.json";
import { type App, createApp } from "../app";
import type { Prepared, Status } from "../config/configuration";
import { gatheredLines } from "../lines";
import { Listening } from "../listening";
import { lookupFor } from "../upstream/addresses";
import { Channel } from "./channel";
import { SharedLedger } from "./shared-ledger";
import type { Beginning, PrimarySide, WorkerPlace, WorkerSide } from "./sides";

/** What a worker consists of once it has begun. */
interface Begun {
  app: App;
  /** The primary's word of what is in force. */
  status: Status;
  listening: Listening;
  stopTracing: () => Promise<void>;
}

/** Serves as one of several workers, and does what the primary says, until it says stop or is gone. */
export function work(): void {
  let begun: Begun | undefined;
  let prepared: Prepared | undefined;
  const running = (): Begun => {
    if (!begun) throw new Error("The worker has not begun");
    return begun;
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      await begun?.listening.stop();
      await begun?.stopTracing();
    })());
  const channel: Channel<WorkerSide, PrimarySide> = new Channel(
    (message) => void process.send?.(message, undefined, undefined, () => undefined),
    {
      async begin(given) {
        begun = await begin(given, channel);
        return placeOf(begun);
      },
      besides: ({ siblings, local }) => running().app.besides(siblings, local),
      async serve() {
        const { app, listening, status } = running();
        await app.join();
        const { host, port } = status.settings;
        return listening.open({ host, port });
      },
      async prepare(settings) {
        prepared = await running().app.prepare(settings);
      },
      commit(next) {
        Object.assign(running().status, next);
        prepared?.commit();
        running().listening.use();
      },
      abandon: () => prepared?.abandon(),
      status: (next) => void Object.assign(running().status, next),
      measure: () => running().app.registry.getMetricsAsJSON(),
      stop,
    },
  );
  process.on("message", (message) => channel.receive(message as Parameters<typeof channel.receive>[0]));
  // What comes before anybody listens is lost.
  void channel.ask("ready");
  // The primary gets them as well, and says what is to be done.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.once("disconnect", () => {
    channel.close(new Error("The primary is gone"));
    void stop().finally(() => process.exit());
  });
}

async function begin(
  { status, sealSecret }: Beginning,
  channel: Channel<WorkerSide, PrimarySide>,
): Promise<Begun> {
  const write = gatheredLines((lines) => process.stderr.write(lines));
  const worker = cluster.worker?.id;
  const log = createLogger(
    () => status.settings.logLevel,
    write,
    () => ({ worker }),
  );
  const stopTracing = await startTracing(process.env, { name: "mcp-gateway", version }, log);
  const app = await createApp({
    inForce: status,
    log,
    ledger: new SharedLedger((requests) => channel.ask("count", requests)),
    metrics: () => channel.ask("metrics"),
    sealSecret,
    lookup: lookupFor(status.settings.nameServers),
  });
  return { app, status, listening: new Listening(app, status, log), stopTracing };
}

/** Other workers come over the loopback, where TLS would guard nothing; other replicas by the way that clients come. */
async function placeOf({ app, status, listening }: Begun): Promise<WorkerPlace> {
  const near = await listening.openToPeers("127.0.0.1", true);
  const port = await listening.openToPeers(status.settings.host, false);
  return { id: app.id, origin: `http://127.0.0.1:${near}`, port };
}
