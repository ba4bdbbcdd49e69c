import { createLogger, describeError } from "../../host/log";
import { stopSignal } from "../../host/signal";
import { version } from "../package.json";
import { SettingsError } from "./config/errors";
import { loadSettings } from "./config/load";
import { startGateway } from "./server";

/** Serves until it is told to stop. */
async function main(): Promise<number> {
  try {
    const settings = loadSettings(process.env);
    const log = createLogger(settings.logLevel);
    const gateway = await startGateway(settings, log);
    log.info("serving", { version, port: gateway.port, servers: Object.keys(settings.servers) });
    log.info("stopping", { reason: await stopSignal() });
    await gateway.stop();
    log.info("stopped");
    return 0;
  } catch (error) {
    const unusable = error instanceof SettingsError;
    process.stderr.write(`${unusable ? error.message : `mcp-gateway: ${describeError(error).error}`}\n`);
    return unusable ? 2 : 1;
  }
}

void main().then((code) => process.exit(code));
