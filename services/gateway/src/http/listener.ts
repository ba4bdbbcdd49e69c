import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import type { Settings } from "../config/schema";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What takes clients' connections. */
export interface Listener {
  server: Server | TlsServer;
  /** Takes other certificates over; connections that are open keep theirs. */
  use(settings: Settings): void;
  /** Ends the connections on which nothing runs. */
  closeIdle(): void;
  /** Ends all connections. */
  closeAll(): void;
}

/** Longer than clients and proxies keep idle connections, so that none is closed just when it is used again. */
const keepAliveTimeout = 75_000;

const requestTimeout = 60_000;

/** So many requests may run on one HTTP/2 connection at the same time. */
const mostConcurrentStreams = 1000;

/** A listener for these settings: with a certificate HTTP/2 and HTTP/1.1 over TLS, else HTTP/1.1. */
export function createListener(settings: Settings, handler: Handler): Listener {
  return settings.tlsCert === undefined ? plain(settings, handler) : secure(settings, handler);
}

function plain({ headerBytes }: Settings, handler: Handler): Listener {
  const server = createServer({ keepAlive: true, noDelay: true, maxHeaderSize: headerBytes }, handler);
  Object.assign(server, { keepAliveTimeout, requestTimeout });
  return {
    server,
    use: () => undefined,
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => server.closeAllConnections(),
  };
}

function secure({ tlsCert: cert, tlsKey: key, headerBytes }: Settings, handler: Handler): Listener {
  const options = {
    cert,
    key,
    minVersion: "TLSv1.2",
    allowHTTP1: true,
    // Of the HTTP/1.1 connections among them.
    maxHeaderSize: headerBytes,
    keepAlive: true,
    noDelay: true,
    keepAliveTimeout,
    requestTimeout,
    settings: { maxHeaderListSize: headerBytes, maxConcurrentStreams: mostConcurrentStreams },
  } as const;
  // Requests and responses of HTTP/2 come in the form of those of HTTP/1.1.
  const server = createSecureServer(options, handler as never);
  const connections = new Set<{ destroy(): void }>();
  const sessions = new Set<{ close(): void }>();
  server.on("secureConnection", (socket: TLSSocket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return {
    server,
    use: ({ tlsCert, tlsKey }) =>
      server.setSecureContext({ cert: tlsCert, key: tlsKey, minVersion: "TLSv1.2" }),
    closeIdle: () => sessions.forEach((session) => session.close()),
    closeAll: () => connections.forEach((socket) => socket.destroy()),
  };
}
