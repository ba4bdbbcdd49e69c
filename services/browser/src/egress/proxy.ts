import { createServer, type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { type AddressInfo, connect, isIP, type Socket } from "node:net";
import { LRUCache } from "lru-cache";
import { Bandwidth } from "../../../host/bandwidth";
import { carry } from "./carry";
import { EgressError, type EgressPolicy } from "./policy";

/** What tells the proxy's own answers from those of sites. */
export const FAILED_HEADER = "x-egress-failed";
/** Connections of all pages together; further ones are refused. */
const MOST_CONNECTIONS = 1024;
const CONNECT_MILLISECONDS = 15_000;
/** A connection on which nothing moves is closed. */
const IDLE_MILLISECONDS = 300_000;
/** Headers that are between the browser and its proxy. */
const HOP = [
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
];

/** Where a request goes. */
interface Destination {
  host: string;
  port: number;
}

/**
 * The one way out for the browser: a forward proxy on the loopback that looks at the address of each connection that it
 * makes. The browser resolves no names itself, so redirects, frames, workers, WebSockets and names that change their
 * addresses all end here.
 */
export class EgressProxy {
  private readonly server = createServer({ keepAliveTimeout: 60_000 });
  private readonly sockets = new Set<Socket>();
  private readonly refusals = new LRUCache<string, string>({ max: 1000, ttl: 60_000 });
  /** How many connections were refused so far. */
  refused = 0;

  private readonly down?: Bandwidth;
  private readonly up?: Bandwidth;

  private constructor(
    private readonly policy: EgressPolicy,
    bytesPerSecond: number,
  ) {
    if (bytesPerSecond > 0) {
      this.down = new Bandwidth(bytesPerSecond);
      this.up = new Bandwidth(bytesPerSecond);
    }
    this.server.on("request", (request, response) => this.forward(request, response));
    this.server.on("connect", (request, socket, head) => this.tunnel(request, socket as Socket, head));
    this.server.on("connection", (socket: Socket) => this.keep(socket));
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  /**
   * Listens on a free port of the loopback.
   * @param bytesPerSecond most bytes in a second, of all connections together, each way; 0 is no limit.
   */
  static async start(policy: EgressPolicy, bytesPerSecond = 0): Promise<EgressProxy> {
    const proxy = new EgressProxy(policy, bytesPerSecond);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** Its address, as Chromium is given it. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Why a host was refused lately, if it was: Chromium says only that something failed. */
  refusalOf(hostname: string): string | undefined {
    return this.refusals.get(hostname.replace(/^\[|\]$/g, ""));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.setTimeout(IDLE_MILLISECONDS, () => socket.destroy());
    socket.on("error", () => socket.destroy()).once("close", () => this.sockets.delete(socket));
  }

  /** A request of plain HTTP, with the whole URL in its first line. */
  private forward(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : undefined;
    if (url?.protocol !== "http:") return refuse(response, 400, "Only http: and https: are forwarded");
    const destination = { host: unbracketed(url.hostname), port: Number(url.port || 80) };
    const headers = { ...request.headers };
    for (const name of [...HOP, ...named(request.headers.connection)]) delete headers[name];
    const fail = (error: Error) => {
      const refusal = this.note(destination, error);
      if (response.headersSent) response.destroy();
      else refuse(response, refusal ? 403 : 502, refusal ?? error.message);
    };
    const direct = this.directRefusal(destination);
    if (direct) return fail(direct);
    const upstream = ask(
      {
        ...destination,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers,
        agent: false,
        lookup: this.policy.lookup as never,
      },
      (answer) => {
        for (const name of [...HOP, ...named(answer.headers.connection)]) delete answer.headers[name];
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("error", () => response.destroy());
        carry(answer, response, this.down);
      },
    );
    upstream.on("socket", (socket) => this.keep(socket));
    upstream.setTimeout(IDLE_MILLISECONDS, () => upstream.destroy(new Error("no answer")));
    upstream.on("error", fail);
    response.once("close", () => upstream.destroy());
    request.on("error", () => upstream.destroy());
    carry(request, upstream, this.up);
  }

  /** A connection for TLS or a WebSocket; what it carries is not looked at. */
  private tunnel(request: IncomingMessage, client: Socket, head: Buffer): void {
    const url = URL.canParse(`tcp://${request.url ?? ""}`)
      ? new URL(`tcp://${request.url ?? ""}`)
      : undefined;
    const port = Number(url?.port);
    const answer = (line: string, body = "") =>
      client.end(`HTTP/1.1 ${line}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    if (!url?.hostname || !port) return void answer("400 Bad Request");
    const destination = { host: unbracketed(url.hostname), port };
    const fail = (error: Error) => {
      const refusal = this.note(destination, error);
      if (open) client.destroy();
      else if (refusal) answer("403 Forbidden", refusal);
      else answer("502 Bad Gateway", error.message);
    };
    let open = false;
    const direct = this.directRefusal(destination);
    if (direct) return fail(direct);
    const upstream = connect({
      ...destination,
      lookup: this.policy.lookup as never,
      autoSelectFamily: true,
      noDelay: true,
    });
    this.keep(upstream);
    const timer = setTimeout(() => upstream.destroy(new Error("no connection")), CONNECT_MILLISECONDS);
    upstream.once("connect", () => {
      open = true;
      clearTimeout(timer);
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) upstream.write(head);
      carry(upstream, client, this.down);
      carry(client, upstream, this.up);
    });
    upstream.once("error", fail).once("close", () => {
      clearTimeout(timer);
      // After an end in order the client gets what is on its way to it still.
      if (open && !upstream.readableEnded) client.destroy();
    });
    client.once("close", () => upstream.destroy());
  }

  /** Node resolves no address, so one that stands in the URL is looked at here. */
  private directRefusal({ host }: Destination): EgressError | undefined {
    const refusal = isIP(host) === 0 ? undefined : this.policy.refusal(host, host);
    return refusal === undefined ? undefined : new EgressError(refusal);
  }

  private note({ host }: Destination, error: Error): string | undefined {
    if (!(error instanceof EgressError)) return undefined;
    this.refused += 1;
    this.refusals.set(host, error.message);
    return error.message;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain", [FAILED_HEADER]: "1" });
  response.end(message);
}

function named(connection: string | undefined): string[] {
  return (connection ?? "").split(",").map((name) => name.trim().toLowerCase());
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
