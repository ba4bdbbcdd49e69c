import { EnvironmentError } from "../../host/environment";
import { createLogger, describeError } from "../../host/log";
import { stopSignal } from "../../host/signal";
import { startTracing } from "../../host/tracing";
import { version } from "../package.json";
import type { InForce } from "./config/configuration";
import { SettingsError } from "./config/errors";
import { followConfiguration } from "./config/follow";
import { loadSettings } from "./config/load";
import { gatheredLines } from "./lines";
import { startGateway } from "./server";

/** Serves until it is told to stop. */
async function main(): Promise<number> {
  try {
    const settings = loadSettings(process.env);
    let inForce: InForce = { settings };
    const write = gatheredLines((lines) => process.stderr.write(lines));
    const log = createLogger(() => inForce.settings.logLevel, write);
    const stopTracing = await startTracing(process.env, { name: "mcp-gateway", version }, log);
    const gateway = await startGateway(settings, log);
    inForce = gateway.inForce;
    const unfollow = followConfiguration(process.env, settings, (read) => gateway.reload(read));
    log.info("serving", { version, port: gateway.port, servers: Object.keys(settings.servers) });
    log.info("stopping", { reason: await stopSignal() });
    unfollow();
    await gateway.stop();
    await stopTracing();
    log.info("stopped");
    return 0;
  } catch (error) {
    const unusable = error instanceof SettingsError || error instanceof EnvironmentError;
    process.stderr.write(`${unusable ? error.message : `mcp-gateway: ${describeError(error).error}`}\n`);
    return unusable ? 2 : 1;
  }
}

void main().then((code) => process.exit(code));
