import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Policy } from "../access/policy";
import type { Limits } from "../access/limits";
import type { SessionUse } from "../access/open-sessions";
import type { Answer } from "../http/answer";
import { type Elsewhere, gone } from "../peers/elsewhere";
import type { RequestTrace } from "../http/trace";
import type { Members } from "../peers/members";
import { requestHeaders } from "../protocol/headers";
import { parseJson, toJson } from "../../../host/json";
import {
  errorCode,
  type Id,
  isNotification,
  isObject,
  isRequest,
  isResponse,
  type Params,
  resultOf,
  RpcError,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from "../protocol/jsonrpc";
import { agreedVersion } from "../protocol/versions";
import { asInitialization, descriptionOf, mergedDescription } from "../routing/describe";
import { gather } from "../routing/lists";
import { route } from "../routing/route";
import { resolve, type View } from "../routing/view";
import type { SessionsInUse } from "../session/in-use";
import type { Session, Sessions } from "../session/session";
import type { Call } from "../upstream/call";
import { originOf, questionId } from "../upstream/legacy";
import type { UpstreamServer } from "../upstream/server";
import type { ClientStreams } from "./client-streams";
import { Questions } from "./questions";
import { GivenUp } from "../upstream/given-up";

/** What the legacy front needs. */
export interface LegacyParts {
  sessions: Sessions;
  questions: Questions;
  streams: ClientStreams;
  limits: Limits;
  inUse: SessionsInUse;
  members: Members;
  /** All servers, by name. */
  servers: ReadonlyMap<string, UpstreamServer>;
}

/** One message of a legacy client, by whatever transport it came. */
export interface LegacyExchange {
  view: View;
  principal: string;
  policy: Policy;
  count: Call["count"];
  /** Every request is looked into, so that each needs its session here. */
  inspects: boolean;
  headers: IncomingHttpHeaders;
  /** The session that the client says it is in. */
  sessionId?: string;
  answer: Answer;
  /** The gateway's other processes. */
  elsewhere: Elsewhere;
  /** The request's trace. */
  trace: RequestTrace;
  /** Ends when the client has gone. */
  signal: AbortSignal;
  /** Tells the client the id of its session, where that is still possible. */
  giveSession(id: string): void;
}

/** Serves clients of the legacy era: `initialize` first, then everything in that session. */
export class LegacyFront {
  private readonly running = new Map<string, AbortController>();

  constructor(private readonly parts: LegacyParts) {}

  /**
   * Serves one message.
   * @returns whether it was answered; a notification or a response is only taken note of.
   */
  async serve(exchange: LegacyExchange, message: unknown): Promise<boolean> {
    if (isRequest(message) && message.method === "initialize") {
      const response = await this.initialize(exchange, message);
      exchange.answer.end(toJson(response));
      return true;
    }
    if (isRequest(message) && message.method === "ping") {
      exchange.answer.end(toJson(resultOf(message.id, {})));
      return true;
    }
    const session = this.sessionOf(exchange, (id) => exchange.giveSession(id));
    exchange.trace.span?.setAttribute("mcp.session.id", session.nonce);
    const used = this.use(exchange, session, "calls");
    try {
      return await this.serveIn(session, exchange, message);
    } finally {
      used();
    }
  }

  private async serveIn(session: Session, exchange: LegacyExchange, message: unknown): Promise<boolean> {
    if (isRequest(message)) {
      await this.request(exchange, session, message);
      return true;
    }
    if (isNotification(message)) await this.notification(exchange, session, message);
    else if (isResponse(message)) return this.response(exchange, session, message);
    else throw new RpcError(errorCode.invalidRequest, "The body is not a single JSON-RPC message", 400);
    return false;
  }

  /**
   * The session that a client is in.
   * @param use is given where the session is used by that: it is told the session's new id, where it gets one.
   */
  sessionOf(
    {
      sessionId,
      principal,
      view,
      elsewhere,
    }: Pick<LegacyExchange, "sessionId" | "principal" | "view" | "elsewhere">,
    use?: LegacyExchange["giveSession"],
  ): Session {
    if (sessionId === undefined) {
      throw new RpcError(
        errorCode.invalidRequest,
        "There is no session: send `initialize` first, then Mcp-Session-Id with each request",
        400,
      );
    }
    const { sessions } = this.parts;
    const session = sessions.find(sessionId, principal, view.scope);
    if (session) {
      const fresh = use && sessions.renew(sessionId, session);
      if (fresh !== undefined) {
        use?.(fresh);
        // A client that keeps the old id is known by it in all processes.
        void elsewhere.used();
      }
      return session;
    }
    throw new RpcError(errorCode.invalidRequest, "Session not found: send `initialize` anew", 404);
  }

  /** Marks the begin of a session's use, which keeps it; the function it returns marks its end. */
  use({ elsewhere }: Pick<LegacyExchange, "elsewhere">, session: Session, kind: SessionUse): () => void {
    const { limits, inUse } = this.parts;
    const ends = [limits.sessionUsed(session.nonce, kind), inUse.begin(session, () => void elsewhere.used())];
    return () => ends.forEach((end) => end());
  }

  /** Has the process that a session is at home in serve a request, unless it is this one. */
  async servedAtHome(
    { elsewhere }: Pick<LegacyExchange, "elsewhere">,
    { nonce, home }: Session,
    message?: RpcRequest,
  ): Promise<boolean> {
    return elsewhere.serve(this.parts.members.ownerOf(nonce, home), message);
  }

  /** Ends a session in all processes of the gateway, and those behind it. */
  async end(exchange: Pick<LegacyExchange, "sessionId" | "principal" | "view" | "elsewhere">): Promise<void> {
    const session = this.sessionOf(exchange);
    const { sessions, streams, limits } = this.parts;
    sessions.end(exchange.sessionId!, session);
    streams.end(session.nonce);
    limits.sessionEnded(session.nonce);
    if (exchange.elsewhere.passedOn) return;
    await exchange.elsewhere.tell();
    await Promise.all(
      legacySessions(exchange.view, session).map(({ server, upstream }) => server.legacy.wire.end(upstream)),
    );
  }

  /** Ends a session of the client that makes room for another one, in all processes of the gateway and behind it. */
  private async endForRoom(id: string, { elsewhere }: LegacyExchange): Promise<void> {
    const { sessions, streams, servers } = this.parts;
    const session = sessions.peek(id);
    if (!session) return;
    sessions.end(id, session);
    streams.end(session.nonce);
    await elsewhere.end(id, session.scope === undefined ? "/mcp" : `/mcp/${session.scope}`);
    await Promise.all(
      legacySessions({ servers }, session).map(({ server, upstream }) => server.legacy.wire.end(upstream)),
    );
  }

  private async initialize(exchange: LegacyExchange, request: RpcRequest): Promise<RpcResponse> {
    const { params = {} } = request;
    if (!isObject(params.capabilities) || typeof params.protocolVersion !== "string") {
      throw new RpcError(errorCode.invalidParams, "`initialize` needs protocolVersion and capabilities", 400);
    }
    const { limits } = this.parts;
    const nonce = randomUUID();
    const ended = await limits.session(exchange.principal, nonce);
    try {
      if (ended !== undefined) await this.endForRoom(ended, exchange);
      return await this.openSession(exchange, request, nonce);
    } catch (error) {
      limits.sessionEnded(nonce);
      throw error;
    }
  }

  private async openSession(
    exchange: LegacyExchange,
    { id, params = {} }: RpcRequest,
    nonce: string,
  ): Promise<RpcResponse> {
    const { view, principal } = exchange;
    const { sessions, limits } = this.parts;
    const session: Session = {
      ...(view.scope === undefined ? {} : { scope: view.scope }),
      principal,
      version: agreedVersion(String(params.protocolVersion)),
      client: {
        capabilities: params.capabilities as Params,
        ...(isObject(params.clientInfo) ? { info: params.clientInfo } : {}),
      },
      upstream: {},
      expires: sessions.expiry(),
      nonce,
      home: this.parts.members.self,
    };
    const call = this.callOf(exchange, session, { jsonrpc: "2.0", id, method: "initialize" });
    const { parts, missing } = await gather([...view.servers.values()], (server) =>
      this.open(server, session, call),
    );
    const give = () => {
      const given = sessions.idOf(session);
      limits.sessionOpened(nonce, given);
      exchange.giveSession(given);
    };
    if (view.scope !== undefined) {
      const [part] = parts;
      if (!part) throw new RpcError(errorCode.serverUnavailable, missing[0]!.reason, 503, missing[0]);
      const upstream = session.upstream[view.scope];
      // A server without sessions needs none here either; one of the other era has them in the gateway.
      if (!upstream || upstream.id !== undefined || exchange.inspects) give();
      else limits.sessionEnded(nonce);
      return resultOf(
        id,
        upstream ? part.value : asInitialization(descriptionOf(part.value), session.version),
      );
    }
    give();
    return resultOf(id, asInitialization(mergedDescription(parts, missing), session.version));
  }

  /** Makes a server ready for a session, and gives what it says about itself. */
  private async open(server: UpstreamServer, session: Session, call: Call): Promise<Params> {
    if ((await server.eraFor("legacy")) === "modern") return server.describe(call);
    const opened = await server.legacy.open(session.client, session.version, call);
    session.upstream[server.name] = opened.session;
    return opened.result;
  }

  private async request(exchange: LegacyExchange, session: Session, rpc: RpcRequest): Promise<void> {
    const { answer, view } = exchange;
    const key = `${session.nonce} ${JSON.stringify(rpc.id)}`;
    const control = new AbortController();
    const gone = () => control.abort(exchange.signal.reason);
    exchange.signal.addEventListener("abort", gone, { once: true });
    this.running.set(key, control);
    try {
      const call = this.callOf(exchange, session, rpc, control.signal);
      if (rpc.method === "logging/setLevel") await this.setLevel(exchange, session, call);
      else if (isSubscription(rpc) && (await this.keepsSubscriptions(view, rpc))) {
        exchange.answer.release();
        if (await this.servedAtHome(exchange, session, rpc)) return;
        this.subscribe(view, session, rpc);
      } else {
        const reply = await route(view, call);
        return answer.end(reply.text, reply.status);
      }
      answer.end(toJson(resultOf(rpc.id, {})));
    } catch (error) {
      // What the client has cancelled wants no answer.
      if (control.signal.aborted && !exchange.signal.aborted) return answer.close();
      throw error;
    } finally {
      exchange.signal.removeEventListener("abort", gone);
      this.running.delete(key);
    }
  }

  /** Servers with sessions are told the level; those without get it with each call. */
  private async setLevel(exchange: LegacyExchange, session: Session, call: Call): Promise<void> {
    const { level } = call.params;
    session.logLevel = String(level);
    exchange.giveSession(this.parts.sessions.replace(exchange.sessionId!, session));
    await Promise.all(
      legacySessions(exchange.view, session).map(({ server, upstream }) =>
        server.legacy.wire
          .post(
            upstream,
            { jsonrpc: "2.0", id: call.id, method: call.method, params: { level } },
            () => undefined,
            { span: call.span },
          )
          .catch(() => undefined),
      ),
    );
  }

  /** Whether subscriptions are kept in the gateway, as the server is of the other era and has none. */
  private async keepsSubscriptions(view: View, { params }: RpcRequest): Promise<boolean> {
    return (await resolve(view, "uri", params?.uri).server.eraFor("legacy")) !== "legacy";
  }

  private subscribe(view: View, session: Session, { method, params }: RpcRequest): void {
    const { server, name } = resolve(view, "uri", params?.uri);
    this.parts.streams.subscribe(session.nonce, server.name, name, method === "resources/subscribe");
  }

  private async notification(
    { view, elsewhere }: LegacyExchange,
    session: Session,
    message: RpcNotification,
  ): Promise<void> {
    // The gateway has said so already to every server that it opened a session with.
    if (message.method === "notifications/initialized") return;
    if (message.method === "notifications/cancelled") {
      const key = `${session.nonce} ${JSON.stringify(message.params?.requestId)}`;
      // The server is told before the call's own connection is given up, in whichever process that is.
      if (!elsewhere.passedOn) await this.tellAll(view, session, message);
      await elsewhere.tell(message);
      this.running.get(key)?.abort(new GivenUp("the client has cancelled"));
      return;
    }
    await this.tellAll(view, session, message);
  }

  private async tellAll(view: View, session: Session, message: RpcMessage): Promise<void> {
    await Promise.all(
      legacySessions(view, session).map(({ server, upstream }) =>
        server.legacy.wire.tell(upstream, message).catch(() => undefined),
      ),
    );
  }

  /** @returns whether it was answered. */
  private async response(
    { view, elsewhere, answer }: LegacyExchange,
    session: Session,
    message: RpcResponse,
  ): Promise<boolean> {
    if (this.parts.questions.answer(session.nonce, message)) return false;
    const asker = Questions.ownerOf(message);
    if (asker !== undefined && asker !== this.parts.members.self && !elsewhere.passedOn) {
      answer.release();
      if (await elsewhere.serve(asker, message)) return true;
      throw gone();
    }
    const origin = originOf(message.id);
    const server = origin && view.servers.get(origin.server);
    const upstream = origin && session.upstream[origin.server];
    if (server && upstream) await server.legacy.wire.tell(upstream, { ...message, id: origin.id });
    return false;
  }

  private callOf(
    exchange: LegacyExchange,
    session: Session,
    { id, method, params = {} }: RpcRequest,
    signal: AbortSignal = exchange.signal,
  ): Call {
    const { answer, principal, policy, count, headers, trace } = exchange;
    const { sessions, questions } = this.parts;
    const send = (text: string) => answer.message(text);
    return {
      id,
      method,
      params,
      era: "legacy",
      version: session.version,
      principal,
      policy,
      count,
      span: trace.span,
      client: session.client,
      ...(session.logLevel === undefined ? {} : { logLevel: session.logLevel }),
      headers: requestHeaders(headers),
      signal,
      notify: send,
      ask: (question) => questions.ask(session.nonce, question, send, signal),
      sessions: {
        get: (server) => session.upstream[server],
        set: (server, upstream) => {
          session.upstream[server] = upstream;
          if (exchange.sessionId !== undefined)
            exchange.giveSession(sessions.replace(exchange.sessionId, session));
        },
        passRequest: (server, text) => send(asked(server, text)),
      },
    };
  }
}

function isSubscription({ method }: RpcRequest): boolean {
  return method === "resources/subscribe" || method === "resources/unsubscribe";
}

/** A server's request as the client gets it: by its id the answer finds back. */
export function asked(server: string, text: string): string {
  const request = parseJson(text) as { id: Id };
  return toJson({ ...request, id: questionId(server, request.id) });
}

/** The sessions that servers hold for a client. */
function legacySessions(view: Pick<View, "servers">, session: Session) {
  return Object.entries(session.upstream).flatMap(([name, upstream]) => {
    const server = view.servers.get(name);
    return server ? [{ server, upstream }] : [];
  });
}
