import type { Logger } from "../../host/log";
import { OwnLedger } from "./access/ledger";
import { createApp } from "./app";
import { Configuration, type InForce } from "./config/configuration";
import { type Reload, reloading } from "./config/reload";
import type { Settings } from "./config/schema";
import { configurationMetrics } from "./http/configuration-metrics";
import { Listening } from "./listening";
import { type Lookup, lookupFor } from "./upstream/addresses";

/** The gateway that listens. */
export interface Gateway {
  port: number;
  inForce: InForce;
  reload: Reload;
  /** Takes nothing new, lets what runs come to its end within the time the settings give, and closes. */
  stop(): Promise<void>;
}

/**
 * Starts the gateway in this process alone.
 * @param lookup finds the addresses of host names; what the settings say when left out.
 */
export async function startGateway(
  settings: Settings,
  log: Logger,
  lookup: Lookup = lookupFor(settings.nameServers),
): Promise<Gateway> {
  const configuration = await Configuration.of(settings);
  const ledger = new OwnLedger(settings);
  const app = await createApp({
    inForce: configuration,
    log,
    ledger,
    lookup,
    metrics: () => app.registry.metrics(),
  });
  configurationMetrics(configuration, app.registry);
  const listening = new Listening(app, configuration, log);
  const { host, port } = settings;
  const listensAt = await listening.open({ host, port });
  await app.join();
  return {
    port: listensAt,
    inForce: configuration,
    reload: reloading(
      configuration,
      async (next) => {
        const { commit, abandon } = await app.prepare(next);
        return {
          abandon,
          commit() {
            commit();
            ledger.use(next);
            listening.use();
          },
        };
      },
      log,
    ),
    stop: () => listening.stop(),
  };
}
