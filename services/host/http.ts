import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  classifyInboundRequest,
  createMcpHandler,
  isJsonContentType,
  localhostAllowedOrigins,
  type McpServerFactory,
  validateOriginHeader,
} from "@modelcontextprotocol/server";
import type { Registry } from "prom-client";
import { isAllowedHost } from "./allowed-hosts";
import type { Calls } from "./calls";
import type { Cancellations } from "./cancellations";
import { EnvironmentError, type HostSettings } from "./environment";
import { exactAnswer } from "./exact-answer";
import type { HealthReport } from "./health";
import { parseJson, toJson } from "./json";
import { describeError, type Logger } from "./log";
import { type HealthPage, serveLoopbackHealth } from "./loopback-health";
import type { Sessions } from "./sessions";
import { followTls, readTls, type Tls } from "./tls";

/** What an HTTP server needs besides its settings. */
export interface HttpServing {
  createServer: McpServerFactory;
  /** Serves clients of the 2025 era, where the service has sessions. */
  sessions?: Sessions;
  /** Lets clients of that era cancel calls, where the service has no sessions. */
  cancellations?: Cancellations;
  /** Where the calls in flight are counted. */
  calls: Calls;
  report: () => Promise<HealthReport>;
  metrics: Registry;
  settings: HostSettings;
  log: Logger;
}

/** The HTTP server that listens. */
export interface HttpServer {
  port: number;
  /** That of the loopback for health alone, where there is one. */
  healthPort?: number;
  /**
   * Closes each connection with the next answer on it, which tells whoever balances the load to go elsewhere, and the port once
   * nobody has asked anything for a moment, so that no request which is on its way is lost.
   */
  drain: () => Promise<void>;
  /** Closes every connection, whatever is still running on it. */
  close: () => Promise<void>;
}

/**
 * Serves MCP at `/mcp`, the state of health at `/health` and Prometheus' metrics at `/metrics`. `/health/ready` is
 * `/health`; `/health/live` asks no dependency, so that a restart is not the answer to somebody else's failure. Over TLS
 * everything but health is for those alone who have a certificate.
 *
 * Without sessions every request of both protocol eras stands alone, so a client notices neither a restart nor that the
 * next request goes to another replica; clients of the 2025 era initialize as ever and get no session id, but for one that is
 * a mere name where they may cancel calls. Where the service keeps sessions, those clients get one; in the later era the
 * protocol has none.
 */
export async function serveHttp(serving: HttpServing): Promise<HttpServer> {
  const { createServer: create, sessions, cancellations, calls, report, metrics, settings, log } = serving;
  const onerror = (error: Error) => log.warn("request refused", describeError(error));
  const opening = new AsyncLocalStorage<{ failure?: unknown }>();
  const handler = createMcpHandler((context) => remembered(opening, async () => create(context)), {
    onerror,
  });
  const mcp = toNodeHandler(
    {
      fetch: async (request, options) => {
        const opened: { failure?: unknown } = {};
        const response = await opening.run(opened, () => handler.fetch(request, options));
        return opened.failure === undefined ? response : notOpened(opened.failure, options?.parsedBody);
      },
    },
    { onerror },
  );
  const origins = [...localhostAllowedOrigins(), ...settings.MCP_ALLOWED_ORIGINS];
  let stopping = false;
  let lastRequest = 0;

  const healthPage = async (): Promise<HealthPage> => {
    const health = await report();
    const ready = health.ready && !stopping;
    return { status: ready ? 200 : 503, body: JSON.stringify({ ...health, ready }) };
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { host, origin } = request.headers;
    if (!isAllowedHost(host, settings.MCP_ALLOWED_HOSTS)) {
      return refuse(response, 403, `Host ${host ?? "(none)"} is not allowed; MCP_ALLOWED_HOSTS can list it`);
    }
    if (!validateOriginHeader(origin, origins).ok) {
      return refuse(
        response,
        403,
        `Origin ${origin ?? ""} is not allowed; MCP_ALLOWED_ORIGINS can list its host`,
      );
    }
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!isKnown(request, path)) {
      return refuse(response, 401, "A certificate from this environment's own authority is needed");
    }
    if (path === "/health/live" && reads) return answer(response, 200, JSON.stringify({ live: true }));
    if ((path === "/health" || path === "/health/ready") && reads) {
      const { status, body } = await healthPage();
      return answer(response, status, body);
    }
    if (path === "/metrics" && reads)
      return answer(response, 200, await metrics.metrics(), metrics.contentType);
    if (path !== "/mcp") {
      return refuse(response, 404, "Not found: this server answers at /mcp, /health and /metrics");
    }
    // A subscription stays open until its client goes away, so a stop must not wait for it.
    const stream = request.method === "GET" || request.headers["mcp-method"] === "subscriptions/listen";
    if (!stream) response.once("close", calls.begin());
    exactAnswer(response);
    if (!sessions && !postsJson(request)) return mcp(request, response);
    const body = await bodyOf(request);
    if (body === TOO_LARGE) return refuse(response, 413, `The request is larger than ${MOST_BYTES} bytes`);
    if (body === NO_JSON) return refuse(response, 400, "Parse error: Invalid JSON", -32700);
    if (!isLegacy(request, body)) return mcp(request, response, body);
    if (!sessions) {
      cancellations?.note(request, response, body);
      return mcp(request, response, body);
    }
    const refusal = await sessions.handle(request, response, body);
    if (!refusal) return;
    if (refusal.status === 503) response.setHeader("retry-after", "1");
    refuse(response, refusal.status, refusal.message, -32000, idOf(body));
  };

  let ended = false;
  const { server, close: stopFollowing } = listener(settings, log, (request, response) => {
    // Nobody can answer it any more. Whoever asks is to see that nothing came of it, not an error as its answer.
    if (ended) return void request.socket.destroy();
    lastRequest = Date.now();
    if (stopping) response.setHeader("connection", "close");
    route(request, response).catch((error: unknown) => {
      log.error("request failed", describeError(error));
      if (!response.headersSent) refuse(response, 500, "Internal error");
      else response.destroy();
    });
  });
  // Who connects is about to ask.
  const stirred = () => (lastRequest = Date.now());
  server.on("connection", stirred).on("secureConnection", stirred);
  // Longer than clients keep idle connections, so that none is closed just when a client reuses it.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(settings.MCP_PORT, settings.MCP_HOST, resolve);
  });

  const { MCP_HEALTH_PORT: healthPort } = settings;
  const loopback = healthPort === undefined ? undefined : await serveLoopbackHealth(healthPort, healthPage);

  let closed: Promise<void> | undefined;
  // The HTTP server's own close would end idle connections, on which a request may be on its way.
  const stopListening = () =>
    (closed ??= new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve())));
  return {
    port: (server.address() as AddressInfo).port,
    ...(loopback ? { healthPort: loopback.port } : {}),
    drain: async () => {
      stopping = true;
      const began = Date.now();
      lastRequest = began;
      const until = () => Math.min(lastRequest + quietMs, began + mostDrainMs);
      // Closed while somebody is about to connect, the port would lose that request.
      while (until() > Date.now()) await sleep(until() - Date.now());
      void stopListening();
    },
    close: async () => {
      ended = true;
      stopFollowing();
      const end = stopListening();
      loopback?.close();
      server.closeIdleConnections();
      await Promise.all([handler.close(), sessions?.close()]);
      server.closeAllConnections();
      await end;
    },
  };
}

/** What takes connections: over TLS where the settings name a folder with certificates. */
function listener({ MCP_TLS_FOLDER: folder }: HostSettings, log: Logger, handler: RequestListener) {
  if (folder === undefined) return { server: createServer(handler), close: () => undefined };
  // Who has no certificate gets an answer that says so, and may ask for health.
  const asked = { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" } as const;
  const server = createSecureServer({ ...usable(folder), ...asked }, handler);
  return { server, close: followTls(folder, server, log) };
}

function usable(folder: string): Tls {
  try {
    return readTls(folder);
  } catch (error) {
    const { message } = error as Error;
    throw new EnvironmentError([`MCP_TLS_FOLDER: the certificates in ${folder} can't be used: ${message}`]);
  }
}

/** Whether whoever asks has shown a certificate, where it takes one. */
function isKnown({ socket }: IncomingMessage, path: string): boolean {
  return (
    !(socket instanceof TLSSocket) || socket.authorized || path === "/health" || path.startsWith("/health/")
  );
}

/** Where nobody has asked anything for so long, whoever balances the load knows that this server stops. */
const quietMs = 500;

/** No longer than this is waited for that, in milliseconds. */
const mostDrainMs = 3000;

/** What the SDK allows where it reads requests itself. */
const MOST_BYTES = 4 * 1024 * 1024;
const TOO_LARGE = Symbol("too large");
const NO_JSON = Symbol("no JSON");

/** A request's body, parsed. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return TOO_LARGE;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  try {
    return text === "" ? undefined : parseJson(text);
  } catch {
    return NO_JSON;
  }
}

/** Keeps why no server could be made; the SDK has but one word for it, whatever it was. */
async function remembered<T>(
  opening: AsyncLocalStorage<{ failure?: unknown }>,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const opened = opening.getStore();
    if (opened) opened.failure = error;
    throw error;
  }
}

/** The id of the request that a body is; null where it has none. */
function idOf(body: unknown): unknown {
  return (body as { id?: unknown } | undefined)?.id ?? null;
}

/** The answer to a request that no server could be made for. */
function notOpened(failure: unknown, body: unknown): Response {
  const error = { code: -32000, message: describeError(failure).error };
  return new Response(toJson({ jsonrpc: "2.0", id: idOf(body), error }), {
    status: 503,
    headers: { "content-type": "application/json", "retry-after": "1" },
  });
}

/** Whether a request posts what may be a message; of others the SDK says what is wrong with them. */
function postsJson({ method, headers }: IncomingMessage): boolean {
  return method === "POST" && isJsonContentType(headers["content-type"] ?? null);
}

function isLegacy({ method = "", headers }: IncomingMessage, body: unknown): boolean {
  const one = (name: string) => headers[name] as string | undefined;
  const { kind } = classifyInboundRequest({
    httpMethod: method,
    protocolVersionHeader: one("mcp-protocol-version"),
    mcpMethodHeader: one("mcp-method"),
    body,
  });
  return kind === "legacy";
}

function answer(response: ServerResponse, status: number, body: string, type = "application/json"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  code = -32000,
  id: unknown = null,
): void {
  answer(response, status, JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }));
}
