import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { parseJson, toJson } from "../../../host/json";
import {
  errorCode,
  type Id,
  isObject,
  type Params,
  RpcError,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from "../protocol/jsonrpc";
import { isLogged, logLevels, metaKey, metaOf, withMeta } from "../protocol/meta";
import { legacyVersions } from "../protocol/versions";
import type { UpstreamSession } from "../session/session";
import type { Call } from "./call";
import { type Filter, passes } from "./feed";
import { unavailable } from "./context";
import { type LegacyWire, NotLegacy, type Opened, StaleSession } from "./legacy-wire";
import { classify } from "./messages";
import { Reply } from "./reply";

/** A session that nobody used for so long is ended, in milliseconds. */
const idleMs = 5 * 60_000;

const mostSessions = 2000;

/**
 * The sessions of one legacy server for modern clients, who have none of their own. All calls of one principal through
 * one client with the same capabilities share one: a new session per call would cost more than the call, and a server
 * that remembers something finds it again.
 */
export class SharedSessions {
  private readonly open: LRUCache<string, Promise<SharedSession>>;

  constructor(
    private readonly server: string,
    private readonly wire: LegacyWire,
  ) {
    this.open = new LRUCache({
      max: mostSessions,
      ttl: idleMs,
      updateAgeOnGet: true,
      dispose: (session) =>
        void session.then(
          (opened) => opened.end(),
          () => undefined,
        ),
    });
  }

  /** One call, once more in a new session where the server does not know the old one any more. */
  async call(call: Call): Promise<Reply> {
    const key = sharedKey(call);
    try {
      return await (await this.session(key, call)).call(call);
    } catch (error) {
      if (!(error instanceof StaleSession)) throw error;
      this.open.delete(key);
      return (await this.session(key, call)).call(call);
    }
  }

  /** The session that the calls of a client share. */
  async for(call: Call): Promise<SharedSession> {
    return this.session(sharedKey(call), call);
  }

  async close(): Promise<void> {
    const sessions = [...this.open.values()];
    this.open.clear();
    // The servers hear of it before the connections are closed.
    await Promise.allSettled(sessions.map(async (session) => (await session).end()));
  }

  private session(key: string, call: Call): Promise<SharedSession> {
    const known = this.open.get(key);
    if (known) return known;
    const opening = this.wire.open(call.client, legacyVersions[0], { span: call.span }).then(
      (opened) => new SharedSession(this.server, this.wire, opened, canBeAsked(call)),
      (error: unknown) => {
        if (this.open.get(key) === opening) this.open.delete(key);
        throw error instanceof NotLegacy ? unavailable(this.server, "it opens no session any more") : error;
      },
    );
    this.open.set(key, opening);
    return opening;
  }
}

/** One session that calls share. Ids and progress tokens are the session's own in it, as two clients may use the same. */
export class SharedSession {
  private lastId = 0;
  private logLevel: string | undefined;
  private readonly running = new Map<Id, Call>();
  private readonly listeners = new Set<(notification: RpcNotification) => void>();
  private readonly ending = new AbortController();
  private listening = false;
  private ended?: Promise<void>;

  constructor(
    private readonly server: string,
    private readonly wire: LegacyWire,
    readonly opened: Opened,
    listens: boolean,
  ) {
    // Some servers ask on the session's own stream, not on the call's.
    if (listens) this.listen();
  }

  get session(): UpstreamSession {
    return this.opened.session;
  }

  async call(call: Call): Promise<Reply> {
    await this.raiseLogLevel(call);
    const id = (this.lastId += 1);
    const request: RpcRequest = {
      jsonrpc: "2.0",
      id,
      method: call.method,
      params: asLegacy(call.params, id),
    };
    let final: RpcResponse | undefined;
    this.running.set(id, call);
    const cancel = () => void this.tell({ method: "notifications/cancelled", params: { requestId: id } });
    call.signal.addEventListener("abort", cancel, { once: true });
    try {
      const { status } = await this.wire.post(
        this.session,
        request,
        (text) => {
          const message = classify(text);
          if (message.kind === "response") final ??= parseJson(text) as RpcResponse;
          else if (message.kind === "request") void this.answer(message.request, call);
          else if (message.kind === "notification") this.pass(message.notification, call);
        },
        { signal: call.signal, headers: ofAnyEra(call.headers), span: call.span },
      );
      if (!final) throw unavailable(this.server, `it gave no response, but status ${status}`);
      const { error } = final;
      return Reply.of(asModern(final, call), error?.code === errorCode.methodNotFound ? 404 : 200);
    } finally {
      this.running.delete(id);
      call.signal.removeEventListener("abort", cancel);
    }
  }

  /** Tells of the server's changes until the signal ends it. */
  async follow(
    filter: Filter,
    emit: (notification: RpcNotification) => void,
    signal: AbortSignal,
  ): Promise<Filter> {
    const tell = (notification: RpcNotification) => {
      if (passes(filter, notification)) emit(notification);
    };
    this.listeners.add(tell);
    this.listen();
    const subscribed = await Promise.all(
      (filter.resourceSubscriptions ?? []).map(async (uri) => {
        const done = await this.request("resources/subscribe", { uri });
        return done ? [uri] : [];
      }),
    );
    signal.addEventListener(
      "abort",
      () => {
        this.listeners.delete(tell);
        for (const uri of subscribed.flat()) void this.request("resources/unsubscribe", { uri });
      },
      { once: true },
    );
    return {
      ...filter,
      ...(filter.resourceSubscriptions ? { resourceSubscriptions: subscribed.flat() } : {}),
    };
  }

  /** Ends the session on the server. */
  end(): Promise<void> {
    this.ending.abort();
    return (this.ended ??= this.wire.end(this.session));
  }

  private async tell(message: Omit<RpcNotification, "jsonrpc">): Promise<void> {
    await this.wire.tell(this.session, { jsonrpc: "2.0", ...message }).catch(() => undefined);
  }

  /** Has the client asked, and hands its answer to the server. */
  private async answer({ id, method, params }: RpcRequest, call: Call | undefined): Promise<void> {
    const response: RpcResponse = { jsonrpc: "2.0", id };
    try {
      if (method === "ping") response.result = {};
      else if (call) response.result = await call.ask({ method, params: withoutToken(params) });
      else throw new RpcError(errorCode.internal, "There is no call that this could be asked for");
    } catch (error) {
      const { code, message } = error as Partial<RpcError>;
      response.error = { code: code ?? errorCode.internal, message: message ?? "The client gave no answer" };
    }
    await this.wire.tell(this.session, response).catch(() => undefined);
  }

  private pass({ method, params }: RpcNotification, call: Call): void {
    if (method === "notifications/progress") {
      const progressToken = metaOf(call.params)[metaKey.progressToken];
      if (progressToken === undefined) return;
      call.notify(toJson({ jsonrpc: "2.0", method, params: { ...params, progressToken } }));
    } else if (method === "notifications/message" && isLogged(params?.level, call.logLevel)) {
      call.notify(toJson({ jsonrpc: "2.0", method, params }));
    }
  }

  /** A session has one log level: the most talkative that was asked for. Each call gets what it asked for. */
  private async raiseLogLevel({ logLevel }: Call): Promise<void> {
    if (logLevel === undefined || isLogged(logLevel, this.logLevel)) return;
    if (!(logLevels as readonly string[]).includes(logLevel)) return;
    this.logLevel = logLevel;
    await this.request("logging/setLevel", { level: logLevel });
  }

  /** A request of the gateway's own; whether the server did it. */
  private async request(method: string, params: Params): Promise<boolean> {
    let done = false;
    const body: RpcRequest = { jsonrpc: "2.0", id: (this.lastId += 1), method, params };
    await this.wire.post(this.session, body, (text) => (done ||= text.includes('"result"')));
    return done;
  }

  /** Reads the session's own stream, from the first who wants to until the session ends. */
  private listen(): void {
    if (this.listening || this.session.id === undefined) return;
    this.listening = true;
    const onMessage = (text: string) => {
      const message = classify(text);
      const [oldest] = this.running.values();
      if (message.kind === "request") void this.answer(message.request, oldest);
      else if (message.kind === "notification") this.listeners.forEach((tell) => tell(message.notification));
    };
    void this.wire
      .listen(this.session, onMessage, this.ending.signal)
      .catch(() => undefined)
      .finally(() => (this.listening = false));
  }
}

/** What the calls that share a session have in common. */
export function sharedKey({ principal, client }: Pick<Call, "principal" | "client">): string {
  const facts = JSON.stringify([principal, client.info, client.capabilities]);
  return createHash("sha256").update(facts).digest("base64");
}

function canBeAsked({ client: { capabilities } }: Call): boolean {
  return ["elicitation", "sampling", "roots"].some((name) => isObject(capabilities[name]));
}

/** Progress is of calls; a question that is asked by a result has none. */
function withoutToken(params: Params | undefined): Params | undefined {
  return params && withMeta(params, { [metaKey.progressToken]: undefined });
}

function ofAnyEra(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("mcp-")));
}

/** Parameters without what only the modern era has. */
function asLegacy(params: Params, id: Id): Params {
  const meta = Object.fromEntries(
    Object.entries(metaOf(params)).filter(([key]) => !key.startsWith("io.modelcontextprotocol/")),
  );
  if (meta[metaKey.progressToken] !== undefined) meta[metaKey.progressToken] = id;
  const { _meta, ...rest } = params;
  return Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest;
}

const cacheable = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/** The code of a resource that is not there, before the modern era gave it up. */
const resourceNotFound = -32_002;

/** A response as the modern era has it: with the call's own id, and the fields that every result must have. */
function asModern({ result, error }: RpcResponse, { id, method }: Call): RpcResponse {
  if (error) {
    const code = error.code === resourceNotFound ? errorCode.invalidParams : error.code;
    return { jsonrpc: "2.0", id, error: { ...error, code } };
  }
  // Nothing is known of how long it holds or for whom, so nobody may keep it.
  const caching = cacheable.has(method) ? { ttlMs: 0, cacheScope: "private" } : {};
  return { jsonrpc: "2.0", id, result: { resultType: "complete", ...caching, ...result } };
}
