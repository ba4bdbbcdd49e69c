import type { AddressInfo } from "node:net";
import { Calls } from "../../host/calls";
import type { Logger } from "../../host/log";
import type { App } from "./app";
import type { InForce } from "./config/configuration";
import { createListener, type Listener } from "./http/listener";
import { hopHeader } from "./peers/hop";

/** Where something listens. */
export interface Place {
  host: string;
  port: number;
}

/** What takes the gateway's connections, and lets them end. */
export class Listening {
  private readonly calls = new Calls();
  /** Clients' listener, and those of the gateway's other processes. */
  private readonly opened: { listener: Listener; ofPeers: boolean }[] = [];
  private stopping = false;

  constructor(
    private readonly app: App,
    private readonly inForce: InForce,
    private readonly log: Logger,
  ) {}

  /** Listens for clients; several workers share the place. @returns the port. */
  open(place: Place): Promise<number> {
    return this.listen(place, false, createListener(this.inForce.settings, this.handler(false)));
  }

  /**
   * Listens for the gateway's other processes alone, in this worker alone, at any port that is free.
   * @param plain without TLS, whatever the settings say.
   * @returns the port.
   */
  openToPeers(host: string, plain: boolean): Promise<number> {
    const { settings } = this.inForce;
    const own = plain ? { ...settings, tlsCert: undefined, tlsKey: undefined } : settings;
    return this.listen({ host, port: 0 }, true, createListener(own, this.handler(true)));
  }

  /** Takes the certificates in force over. */
  use(): void {
    for (const { listener } of this.opened) listener.use(this.inForce.settings);
  }

  /** Takes nothing new, lets what runs come to its end within the time that the settings give, and closes all. */
  async stop(): Promise<void> {
    this.stopping = true;
    const closed = [this.close(false)];
    this.app.endStreams();
    if (!(await this.calls.finished(this.inForce.settings.drainSeconds * 1000))) {
      this.log.warn("calls cut off", { calls: this.calls.count });
    }
    // Calls that were passed on could be answered until now.
    closed.push(this.close(true));
    for (const { listener } of this.opened) listener.closeAll();
    await Promise.all(closed);
    await this.app.close();
  }

  private handler(ofPeers: boolean): Parameters<typeof createListener>[1] {
    return (request, response) => {
      if (ofPeers && request.headers[hopHeader] === undefined) return void response.writeHead(403).end();
      // A client that still has a connection is told to make its next request elsewhere; over HTTP/2 it was.
      if (this.stopping && request.httpVersionMajor < 2) response.setHeader("connection", "close");
      response.once("close", this.calls.begin());
      this.app.handle(request, response);
    };
  }

  private async listen(place: Place, ofPeers: boolean, listener: Listener): Promise<number> {
    const { server } = listener;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen({ ...place, exclusive: ofPeers }, resolve);
    });
    this.opened.push({ listener, ofPeers });
    return (server.address() as AddressInfo).port;
  }

  private async close(ofPeers: boolean): Promise<void> {
    const closing = this.opened.filter((one) => one.ofPeers === ofPeers);
    await Promise.all(
      closing.map(({ listener }) => {
        const closed = new Promise<void>((resolve) => listener.server.close(() => resolve()));
        listener.closeIdle();
        return closed;
      }),
    );
  }
}
