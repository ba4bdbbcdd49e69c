import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import type { Registry as MetricsRegistry } from "prom-client";
import { isAllowedHost } from "../../host/allowed-hosts";
import { Calls } from "../../host/calls";
import { describeError, type Logger } from "../../host/log";
import { traceIds } from "../../host/tracing";
import { Access, metadataPath } from "./access/access";
import type { Ledger } from "./access/ledger";
import { Limits } from "./access/limits";
import { StreamLimit } from "./access/stream-limit";
import { StreamRights } from "./access/stream-rights";
import type { Prepare, Status } from "./config/configuration";
import type { Settings } from "./config/schema";
import { ClientStreams } from "./front/client-streams";
import { HeldCalls } from "./front/held-call";
import { LegacyFront } from "./front/legacy";
import { ModernFront } from "./front/modern";
import { Questions } from "./front/questions";
import { Subscriptions } from "./front/subscriptions";
import { configPath, showConfiguration } from "./http/admin";
import { cacheMetrics } from "./http/cache-metrics";
import { reportHealth } from "./http/health";
import { McpEndpoint } from "./http/mcp-endpoint";
import { Observer } from "./http/observe";
import { isAllowedOrigin } from "./http/origin";
import type { Ingress } from "./http/request";
import { RegistryApi, registryPath } from "./http/registry-api";
import { SseEndpoint } from "./http/sse-endpoint";
import { Passthrough } from "./http/passthrough";
import type { RequestTrace } from "./http/trace";
import { elsewhere } from "./peers/elsewhere";
import { Hops } from "./peers/hop";
import { type Member, Members, membersPath, type Sibling } from "./peers/members";
import { toJson } from "../../host/json";
import { errorCode, RpcError } from "./protocol/jsonrpc";
import { type Lease, Registry } from "./registry/registry";
import { type View, viewOfAll, viewOfOne } from "./routing/view";
import { createSeal } from "./session/seal";
import { SessionsInUse } from "./session/in-use";
import { Sessions } from "./session/session";
import type { Lookup } from "./upstream/addresses";
import { ResultCache } from "./upstream/cache";
import { Turns } from "./turns";
import type { UpstreamServer } from "./upstream/server";
import { type PreparedServers, Servers } from "./upstream/servers";

/** The gateway as a handler of HTTP requests. It does not listen. */
export interface App {
  /** Tells this process from the gateway's others. */
  readonly id: string;
  /** What this process measures. */
  readonly registry: MetricsRegistry;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Makes ready what takes other settings over without losing a request. Until one of the two nothing else is changed. */
  prepare: Prepare;
  /** Takes note of the other workers, and of where each can be reached from outside. */
  besides(siblings: readonly Sibling[], local: readonly Member[]): Promise<void>;
  /** Finds the gateway's other processes, once this one can be reached itself, and takes over what they know. */
  join(): Promise<void>;
  /** Ends what lasts until somebody ends it: the streams on which clients wait for news. */
  endStreams(): void;
  /** Gives back what the gateway holds of its servers. */
  close(): Promise<void>;
}

/** What the gateway is made with. */
export interface AppParts {
  /** Whoever changes it has this app make ready for that first. */
  inForce: Status;
  log: Logger;
  /** Counts what is limited. */
  ledger: Ledger;
  /** What all of the gateway's processes measure, as Prometheus reads it. */
  metrics: () => Promise<string>;
  /** Seals sessions as long as there are no session keys; random when left out. */
  sealSecret?: string;
  /** Finds the addresses of host names; the system's own when left out. */
  lookup?: Lookup;
}

/** Makes the gateway of the settings in force. */
export async function createApp({
  inForce,
  log,
  ledger,
  metrics,
  sealSecret,
  lookup,
}: AppParts): Promise<App> {
  const { settings } = inForce;
  const cache = new ResultCache(settings.cacheBytes);
  const servers = new Servers(log, cache, lookup);
  (await servers.prepare(settings)).takeOver();
  const seal = createSeal(settings.sessionKeys, sealSecret);
  const sessions = new Sessions(seal, () => inForce.settings.sessionSeconds);
  const limits = new Limits(settings, ledger);
  const self = randomBytes(6).toString("hex");
  const hops = new Hops(seal, self);
  let local: readonly Member[] = [{ id: self }];
  const members = new Members(
    self,
    hops,
    () => local,
    lookup,
    (shared) => Array.isArray(shared) && registry.merge(shared as Lease[]),
  );
  const registry = new Registry(inForce, () => void applyRegistry());
  const registryApi = new RegistryApi(registry, inForce);
  const observer = new Observer(servers.all, log, inForce);
  cacheMetrics(cache, observer.registry);
  const held = new HeldCalls(seal, inForce, self);
  const streams = new ClientStreams();
  const subscriptions = new Subscriptions(inForce);
  const legacy = new LegacyFront({
    sessions,
    questions: new Questions(inForce, self),
    streams,
    limits,
    inUse: new SessionsInUse(sessions),
    members,
    servers: servers.all,
  });
  const sse = new SseEndpoint({ legacy, streams, seal, self, inForce });
  const endpoint = new McpEndpoint({
    modern: new ModernFront({ held, subscriptions, inForce, members }),
    legacy,
    streams,
    passthrough: new Passthrough(sessions),
    inForce,
  });
  const streamLimit = new StreamLimit(inForce, ledger);
  const streamRights = new StreamRights();
  let access = new Access(settings);
  let views = viewsOf(servers.all);
  let requests = new Calls();
  const isAllowed = rememberingHost();
  let stopping = false;
  warnIfOpen(settings, access, log);

  /** Takes over what is prepared, at once. Every request runs to its end with what it began with. */
  const takeOver = ({ sessionKeys }: Settings, next: Settings, ready: PreparedServers): void => {
    const before = [...views.keys()].join();
    const begun = requests;
    const removed = ready.takeOver();
    requests = new Calls();
    views = viewsOf(servers.all);
    const asked = access.required;
    access = new Access(next, access);
    void streamRights.check(access);
    // It is said once, as it comes to be so.
    if (asked) warnIfOpen(next, access, log);
    limits.use(next);
    cache.use(next.cacheBytes);
    if (!isDeepStrictEqual(next.sessionKeys, sessionKeys)) {
      seal.use(next.sessionKeys);
      sessions.forget();
    }
    void members.watch(next.peers, next.upstreamTls);
    if ([...views.keys()].join() !== before) {
      subscriptions.serversChanged();
      streams.serversChanged();
    }
    // What was on its way to a server reaches it still.
    for (const server of removed) {
      void begun.finished(next.drainSeconds * 1000).then(() => server.retire());
    }
  };

  // What another one prepares meanwhile would be undone by who takes over last.
  const changes = new Turns();
  /** Has the servers be those of the configuration and of the registry. */
  const applyRegistry = (): Promise<void> =>
    changes.take(async () => {
      const { settings } = inForce;
      takeOver(settings, settings, await servers.prepare(registry.overlay(settings)));
    });

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    trace: RequestTrace,
  ): Promise<void> => {
    const sender = hops.from(request);
    // Whom a request comes from was checked where it came in.
    if (sender === undefined) checkCaller(request, inForce.settings, isAllowed);
    else members.noticed(sender);
    const path = (request.url ?? "/").split("?", 1)[0]!;
    if (path === "/health" || path === "/health/ready" || path === "/health/live") {
      const report = reportHealth(servers.all, stopping, inForce.version);
      return answerJson(response, report.ready || path === "/health/live" ? 200 : 503, report);
    }
    if (path === "/metrics") {
      response.writeHead(200, { "content-type": observer.registry.contentType, "cache-control": "no-store" });
      return void response.end(await metrics());
    }
    if (path === metadataPath || path.startsWith(`${metadataPath}/`)) {
      const metadata = access.metadata();
      if (metadata) return answerJson(response, 200, metadata);
    }
    if (path === configPath && inForce.settings.adminKeys.length > 0) {
      return answerJson(response, 200, showConfiguration(request, inForce));
    }
    if (path === membersPath && sender !== undefined) {
      return answerJson(response, 200, { members: members.local(), shared: registry.tell() });
    }
    if ((path === registryPath || path.startsWith(`${registryPath}/`)) && inForce.settings.registration) {
      const others = elsewhere({ members, hops }, request, response, sender !== undefined, trace);
      const { status, content } = await registryApi.serve(request, response, others);
      return answerJson(response, status, content);
    }
    const [, transport = "", server = ""] = /^\/(mcp|sse|messages)(\/[^/]+)?$/.exec(path) ?? [];
    const view = views.get(`/mcp${server}`);
    if (!transport || !view) throw notFound(path, [...servers.all.keys()]);
    response.once("close", requests.begin());
    const asked = access;
    const principal = await asked.authenticate(request);
    const { id, policy } = principal;
    // The process that it came to has counted it.
    const left = sender === undefined ? await limits.request(id) : {};
    for (const name in left) response.setHeader(name, left[name]!);
    if (streamLimit.counts(request)) await streamLimit.enter(request, response, id);
    streamRights.enter(request, response, principal);
    // Other rights came into force while these were looked at.
    if (access !== asked) void streamRights.check(access);
    const ingress: Ingress = {
      request,
      response,
      view,
      principal: id,
      policy,
      note: sender === undefined ? observer.begin(response, view.scope, principal, trace) : () => undefined,
      count: async (server, tool) => void (await limits.call(id, server, tool)),
      inspects: policy.restricts || limits.byTool,
      elsewhere: elsewhere({ members, hops }, request, response, sender !== undefined, trace),
      trace,
    };
    if (transport === "sse") sse.open(ingress);
    else await (transport === "messages" ? sse.post(ingress) : endpoint.serve(ingress));
  };

  return {
    id: self,
    registry: observer.registry,
    handle(request, response) {
      const trace: RequestTrace = { arrived: performance.now() };
      route(request, response, trace).catch((error: unknown) => {
        // Nobody is left to be told, and a client that goes is no failure.
        if (response.destroyed) return;
        if (!(error instanceof RpcError))
          log.error("request failed", { ...describeError(error), ...traceIds(trace.span) });
        observer.refuse(error instanceof RpcError ? error.status : 500);
        refuse(
          response,
          error instanceof RpcError ? error : new RpcError(errorCode.internal, "Internal error", 500),
        );
      });
    },
    async prepare(next) {
      const end = await changes.hold();
      try {
        const ready = await servers.prepare(registry.overlay(next));
        const before = inForce.settings;
        return {
          commit() {
            takeOver(before, next, ready);
            end();
          },
          abandon() {
            ready.abandon();
            end();
          },
        };
      } catch (error) {
        end();
        throw error;
      }
    },
    besides(siblings, at) {
      local = at;
      return members.besides(siblings);
    },
    async join() {
      await members.watch(inForce.settings.peers, inForce.settings.upstreamTls);
      // What they told of registrations is in force then.
      await changes.take(() => Promise.resolve());
    },
    endStreams() {
      stopping = true;
      subscriptions.close();
      streams.close();
      sse.close();
    },
    async close() {
      held.close();
      registry.close();
      await members.close();
      await servers.close();
    },
  };
}

function warnIfOpen({ env }: Settings, access: Access, log: Logger): void {
  if (access.required || env !== "production") return;
  log.warn("anybody may call: neither clients nor oauth are set");
}

function viewsOf(servers: ReadonlyMap<string, UpstreamServer>): Map<string, View> {
  const views = new Map<string, View>([["/mcp", viewOfAll(servers)]]);
  for (const server of servers.values()) views.set(`/mcp/${server.name}`, viewOfOne(server));
  return views;
}

type HostCheck = (host: string | undefined, listed: readonly string[]) => boolean;

/** Whether a Host header is allowed; the last one that was is known again, as nearly all are the same. */
function rememberingHost(): HostCheck {
  let known: string | undefined;
  let knownIn: readonly string[] = [];
  return (host, listed) => {
    if (host !== undefined && host === known && listed === knownIn) return true;
    if (!isAllowedHost(host, listed)) return false;
    [known, knownIn] = [host, listed];
    return true;
  };
}

/** @throws RpcError where a web page of somebody else's may be behind the request. */
function checkCaller({ headers }: IncomingMessage, settings: Settings, isAllowed: HostCheck): void {
  const host = headers.host ?? (headers[":authority"] as string | undefined);
  if (!isAllowed(host, settings.allowedHosts)) {
    throw new RpcError(
      errorCode.invalidRequest,
      `Host ${host ?? "(none)"} is not allowed; allowedHosts can list it`,
      403,
    );
  }
  if (!isAllowedOrigin(headers.origin, settings.allowedOrigins)) {
    throw new RpcError(
      errorCode.invalidRequest,
      `Origin ${headers.origin ?? ""} is not allowed; allowedOrigins can list its host`,
      403,
    );
  }
}

function notFound(path: string, servers: readonly string[]): RpcError {
  const known = ["/mcp", ...servers.map((name) => `/mcp/${name}`), "/sse", "/health", "/metrics"];
  return new RpcError(errorCode.invalidRequest, `Not found: ${path}; there are ${known.join(", ")}`, 404);
}

function refuse(response: ServerResponse, error: RpcError): void {
  if (response.headersSent) {
    // Within a stream the error is its last message.
    if (isStream(response) && !response.writableEnded) {
      response.end(`event: message\ndata: ${toJson(error.response())}\n\n`);
    } else response.destroy();
    return;
  }
  answerJson(response, error.status, error.response(), error.headers);
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader("content-type")).startsWith("text/event-stream");
}

function answerJson(
  response: ServerResponse,
  status: number,
  content: unknown,
  headers: Record<string, string> = {},
): void {
  const body = toJson(content);
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    // What is left of a body that is not read any more.
    ...(status === 413 ? { connection: "close" } : {}),
  });
  response.end(body);
}
