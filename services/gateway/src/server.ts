import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Calls } from "../../host/calls";
import type { Logger } from "../../host/log";
import { type App, createApp } from "./app";
import type { InForce } from "./config/configuration";
import type { Settings } from "./config/schema";
import type { Lookup } from "./upstream/addresses";

/** The gateway that listens. */
export interface Gateway {
  port: number;
  inForce: InForce;
  /** Takes other settings over, or refuses them whole; see the app's. */
  reload: App["reload"];
  /** Takes nothing new, lets what runs come to its end within the time the settings give, and closes. */
  stop(): Promise<void>;
}

/**
 * Starts the gateway.
 * @param lookup finds the addresses of host names; the system's own when left out.
 */
export async function startGateway(settings: Settings, log: Logger, lookup?: Lookup): Promise<Gateway> {
  const app = await createApp(settings, log, lookup);
  const calls = new Calls();
  let stopping = false;
  const server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
    // A client that still has a connection is told to make its next request elsewhere.
    if (stopping) response.setHeader("connection", "close");
    response.once("close", calls.begin());
    app.handle(request, response);
  });
  // Longer than clients and proxies keep idle connections, so that none is closed just when it is used again.
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(settings.port, settings.host, resolve);
  });
  await app.join();
  return {
    port: (server.address() as AddressInfo).port,
    inForce: app.inForce,
    reload: app.reload,
    async stop() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      app.endStreams();
      if (!(await calls.finished(settings.drainSeconds * 1000))) {
        log.warn("calls cut off", { calls: calls.count });
      }
      server.closeAllConnections();
      await closed;
      await app.close();
    },
  };
}
