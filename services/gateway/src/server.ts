import type { AddressInfo } from "node:net";
import { Calls } from "../../host/calls";
import type { Logger } from "../../host/log";
import { type App, createApp } from "./app";
import type { InForce } from "./config/configuration";
import type { Settings } from "./config/schema";
import { createListener } from "./http/listener";
import { type Lookup, nameServerLookup, systemLookup } from "./upstream/addresses";

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
export async function startGateway(
  settings: Settings,
  log: Logger,
  lookup: Lookup = lookupFor(settings),
): Promise<Gateway> {
  const app = await createApp(settings, log, lookup);
  const calls = new Calls();
  let stopping = false;
  const listener = createListener(settings, (request, response) => {
    // A client that still has a connection is told to make its next request elsewhere; over HTTP/2 it was.
    if (stopping && request.httpVersionMajor < 2) response.setHeader("connection", "close");
    response.once("close", calls.begin());
    app.handle(request, response);
  });
  const { server } = listener;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(settings.port, settings.host, resolve);
  });
  await app.join();
  return {
    port: (server.address() as AddressInfo).port,
    inForce: app.inForce,
    async reload(read) {
      const outcome = await app.reload(read);
      if (outcome === "applied") listener.use(app.inForce.settings);
      return outcome;
    },
    async stop() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      listener.closeIdle();
      app.endStreams();
      if (!(await calls.finished(settings.drainSeconds * 1000))) {
        log.warn("calls cut off", { calls: calls.count });
      }
      listener.closeAll();
      await closed;
      await app.close();
    },
  };
}

function lookupFor({ nameServers }: Settings): Lookup {
  return nameServers.length > 0 ? nameServerLookup(nameServers) : systemLookup;
}
