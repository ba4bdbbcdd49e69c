import type { Registry } from "prom-client";
import { joined } from "../../host/health";
import type { Logger } from "../../host/log";
import type { Service } from "../../host/program";
import { counterOf, gaugeOf } from "../../host/readings";
import { Chromium } from "./chromium";
import { EgressPolicy, type Resolve } from "./egress/policy";
import { EgressProxy } from "./egress/proxy";
import { SessionPool } from "./pool";
import { boundServer, serverFactory } from "./server";
import { readSettings } from "./settings";

/** Clients that are connected without having used a browser cost little; those that have are counted by the pool. */
const MOST_CLIENTS = 1000;

/**
 * The service of one Chromium, with a context for each session.
 * @param resolve what gives the addresses of a name; the system's resolver but in tests.
 */
export async function openService(
  environment: NodeJS.ProcessEnv,
  log: Logger,
  version: string,
  resolve?: Resolve,
): Promise<Service> {
  const settings = readSettings(environment);
  const egress = await EgressProxy.start(new EgressPolicy(settings.egress, resolve), settings.bytesPerSecond);
  const chromium = new Chromium(settings.chromium, egress.url, log);
  const pool = new SessionPool(chromium, settings);
  return {
    createServer: serverFactory(pool, egress, version),
    sessions: {
      most: MOST_CLIENTS,
      setBy: "a number of the server's own",
      idleSeconds: settings.idleSeconds,
      open: async (_, client) => {
        const { session, close } = pool.session(client);
        return { server: boundServer(session, egress, version), close };
      },
    },
    // A check that is late goes on, so that a browser that is only busy is not taken for one that hangs.
    checks: { chromium: joined(() => chromium.check()) },
    registerMetrics: (registry) => registerBrowserMetrics(registry, pool, chromium, egress),
    close: async () => {
      await pool.close();
      await chromium.close();
      await egress.close();
    },
  };
}

function registerBrowserMetrics(
  registry: Registry,
  pool: SessionPool,
  chromium: Chromium,
  egress: EgressProxy,
): void {
  gaugeOf(registry, {
    name: "browser_contexts",
    help: "Sessions that have a browser context.",
    value: () => pool.contexts,
  });
  gaugeOf(registry, { name: "browser_tabs", help: "Tabs of all sessions.", value: () => pool.tabs });
  counterOf(registry, {
    name: "browser_starts_total",
    help: "Starts of Chromium.",
    value: () => chromium.starts,
  });
  counterOf(registry, {
    name: "browser_egress_refused_total",
    help: "Connections that pages were refused.",
    value: () => egress.refused,
  });
}
