import type { Server } from "@modelcontextprotocol/server";
import { Counter, type Registry } from "prom-client";
import { joined } from "../../host/health";
import type { Logger } from "../../host/log";
import type { Service } from "../../host/program";
import { gaugeOf } from "../../host/readings";
import type { Session } from "../../host/sessions";
import type { Hosted } from "./hosted";
import { Pool, setBy } from "./pool";
import { proxyOf } from "./proxy";
import { readSettings } from "./settings";

/** The longest that the shared process may leave a health check without an answer, in milliseconds. */
const PING = 10_000;

/** The service of the command that the environment names. */
export function openService(environment: NodeJS.ProcessEnv, log: Logger): Service {
  const settings = readSettings(environment);
  const { callMilliseconds, processes, idleSeconds } = settings;
  const shared = settings.process === "shared";
  const pool = new Pool(settings.command, processes, log);

  /** A server of its own process, which ends with it. */
  const alone = (hosted: Hosted): Server => {
    const server = proxyOf(hosted, callMilliseconds, false);
    server.onclose = () => void hosted.close();
    return server;
  };

  return {
    createServer: async () => {
      if (shared) return proxyOf(await pool.shared(), callMilliseconds, false);
      return alone(await pool.fresh(""));
    },
    sessions: {
      most: shared ? 10_000 : processes,
      ...(settings.command.name === undefined ? {} : { of: settings.command.name }),
      setBy: setBy(settings.command.name),
      idleSeconds,
      // Requests without a session need a process as well.
      onServing: (sessions) => (pool.makeRoom = (client) => sessions.endIdle(client)),
      open: async (capabilities, client): Promise<Session> => {
        const hosted = await (shared ? pool.shared() : pool.own(capabilities, client));
        return {
          server: proxyOf(hosted, callMilliseconds, !shared),
          gone: hosted.gone,
          close: async () => (shared ? undefined : hosted.close()),
        };
      },
    },
    passesNumbers: true,
    // A check that is late goes on, so that a server that is only busy is not taken for one that hangs.
    checks: { hosted: joined(() => pool.check(PING)) },
    registerMetrics: (registry) => registerPoolMetrics(registry, pool),
    close: () => pool.close(),
  };
}

function registerPoolMetrics(registry: Registry, pool: Pool): void {
  gaugeOf(registry, {
    name: "mcp_host_processes",
    help: "Processes of the hosted server that run.",
    value: () => pool.size,
  });
  const starts = new Counter({
    name: "mcp_host_starts_total",
    help: "Starts of the hosted server, by how they ended.",
    labelNames: ["result"],
    registers: [registry],
    collect() {
      starts.reset();
      starts.inc({ result: "started" }, pool.counts.started);
      starts.inc({ result: "failed" }, pool.counts.failed);
    },
  });
}
