import { EnvironmentError } from "../../host/environment";
import { healthReporter } from "../../host/health";
import { createLogger, describeError } from "../../host/log";
import { version } from "../package.json";
import { startDeadman } from "./deadman";
import { Engine } from "./engine";
import { serve } from "./http";
import { containerMetrics } from "./metrics";
import { readSettings, type Settings } from "./settings";
import { Watchdog } from "./watchdog";

/** So many looks at the containers may fail until the watchdog says that it is not healthy. */
const lateLooks = 15;

async function watch(settings: Settings): Promise<never> {
  const { environment, service, socket, listen, resyncMs, silenceMs, rules, logLevel } = settings;
  const log = createLogger(logLevel);
  const beat = startDeadman(silenceMs);
  let lastLook = -Infinity;
  const looked = () => {
    lastLook = performance.now();
    beat();
  };
  const engine = new Engine(socket, environment);
  const watchdog = new Watchdog({ engine, service, resyncMs, rules, log, looked });
  const answered = async () => {
    if (performance.now() - lastLook > resyncMs * lateLooks) throw new Error("no answer lately");
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      log.info("stopping", { reason: signal });
      void watchdog.end().then(() => process.exit(0));
    });
  const port = await serve(
    listen,
    containerMetrics(() => watchdog.containers()),
    healthReporter({ engine: answered }),
  );
  log.info("watching", { version, environment, port });
  return watchdog.run();
}

async function main(): Promise<never> {
  try {
    return await watch(readSettings(process.env));
  } catch (error) {
    const unusable = error instanceof EnvironmentError;
    process.stderr.write(`${unusable ? error.message : `watchdog: ${describeError(error).error}`}\n`);
    process.exit(unusable ? 2 : 1);
  }
}

void main();
