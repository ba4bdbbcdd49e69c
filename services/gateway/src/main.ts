import cluster from "node:cluster";
import { describeError, createLogger } from "../../host/log";
import { stopSignal } from "../../host/signal";
import { startTracing } from "../../host/tracing";
import { version } from "../package.json";
import type { InForce } from "./config/configuration";
import { followConfiguration } from "./config/follow";
import { loadSettings } from "./config/load";
import { gatheredLines } from "./lines";
import { startGateway } from "./server";
import { startWorkers } from "./workers/primary";
import { work } from "./workers/worker";

/** The errors of who has set something up, whichever process found them. */
const unusable = new Set(["SettingsError", "EnvironmentError"]);

/** Serves until it is told to stop, by itself or by its workers. */
async function main(): Promise<number> {
  try {
    const settings = loadSettings(process.env);
    let inForce: InForce = { settings };
    const write = gatheredLines((lines) => process.stderr.write(lines));
    const log = createLogger(() => inForce.settings.logLevel, write);
    const { workers } = settings;
    // Where workers serve, they trace.
    const tracing =
      workers > 1 ? undefined : startTracing(process.env, { name: "mcp-gateway", version }, log);
    const stopTracing = await tracing;
    const gateway = await (workers > 1 ? startWorkers(settings, log, write) : startGateway(settings, log));
    inForce = gateway.inForce;
    const unfollow = followConfiguration(process.env, settings, (read) => gateway.reload(read));
    log.info("serving", { version, port: gateway.port, workers, servers: Object.keys(settings.servers) });
    log.info("stopping", { reason: await stopSignal() });
    unfollow();
    await gateway.stop();
    await stopTracing?.();
    log.info("stopped");
    return 0;
  } catch (error) {
    const isUnusable = error instanceof Error && unusable.has(error.name);
    process.stderr.write(`${isUnusable ? error.message : `mcp-gateway: ${describeError(error).error}`}\n`);
    return isUnusable ? 2 : 1;
  }
}

if (cluster.isWorker) work();
else void main().then((code) => process.exit(code));
