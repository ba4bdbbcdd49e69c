import type { Span } from "@opentelemetry/api";
import { parseJson, toJson } from "../../../host/json";
import {
  isRequest,
  isResponse,
  type Params,
  RpcError,
  type RpcMessage,
  type RpcResponse,
} from "../protocol/jsonrpc";
import type { ClientFacts } from "../protocol/meta";
import type { UpstreamSession } from "../session/session";
import { onReplica } from "./attempts";
import { asUnavailable, replicaFor, type ServerContext, unavailable } from "./context";
import { gatewayInfo } from "./discover";
import type { Replica } from "./replica";
import { exchange, type Exchanged, header, WireError, type WireRequest } from "./wire";

/** A session that a server opened, and what it answered. */
export interface Opened {
  session: UpstreamSession;
  /** The result of `initialize`. */
  result: Params;
}

/** What a request is made for. */
export interface OpenOptions {
  /** Gives it up. */
  signal?: AbortSignal;
  /** The span of the client's request, where it is traced. */
  span?: Span;
}

/** The server does not know the session any more. */
export class StaleSession extends Error {}

/** The server does not open sessions: it is not of the legacy era. */
export class NotLegacy extends Error {}

/** What gets the messages of a response. */
export type OnMessage = (text: string, eventId?: string) => void;

/** The requests that the legacy era's HTTP transport is made of. */
export class LegacyWire {
  constructor(private readonly context: ServerContext) {}

  /**
   * Opens a session as the client that it is for.
   * @throws NotLegacy where the server refuses any; RpcError where it can't be reached or is not willing.
   */
  async open(client: ClientFacts, version: string, { signal, span }: OpenOptions = {}): Promise<Opened> {
    // To open a session twice does no harm: the first one is never used.
    const givenUp = () => signal?.aborted === true;
    return onReplica(this.context, { repeatable: () => !givenUp(), givenUp }, (replica) =>
      this.openOn(replica.origin, client, version, { signal, span }),
    ).catch((error: unknown) => {
      throw asUnavailable(this.context.name, error);
    });
  }

  private async openOn(
    replica: string,
    client: ClientFacts,
    version: string,
    { signal, span }: OpenOptions,
  ): Promise<Opened> {
    const { context } = this;
    const session = { replica, version: "" };
    const params = {
      protocolVersion: version,
      capabilities: client.capabilities,
      clientInfo: client.info ?? gatewayInfo,
    };
    const texts: string[] = [];
    const limit = AbortSignal.timeout(context.settings.listTimeoutMs);
    const answer = await this.exchange(
      session,
      {
        method: "POST",
        body: { jsonrpc: "2.0", id: "initialize", method: "initialize", params },
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        span,
      },
      (text) => texts.push(text),
    );
    const response = findResponse(texts);
    if (!response?.result) throw refusal(context.name, answer.status, response);
    const { protocolVersion } = response.result;
    const opened: UpstreamSession = {
      replica,
      version: typeof protocolVersion === "string" ? protocolVersion : version,
    };
    const id = header(answer, "mcp-session-id");
    if (id !== undefined) opened.id = id;
    await this.tell(opened, { jsonrpc: "2.0", method: "notifications/initialized" });
    return { session: opened, result: response.result };
  }

  /** Posts a request, and reads what comes back until its stream ends. */
  async post(
    session: UpstreamSession,
    body: RpcMessage,
    onMessage: OnMessage,
    options: OpenOptions & { headers?: Record<string, string> } = {},
  ): Promise<Exchanged> {
    return this.exchange(session, { method: "POST", body, ...options }, onMessage);
  }

  /** Posts what wants no response: a notification, or the response to a server's request. */
  async tell(session: UpstreamSession, body: RpcMessage): Promise<void> {
    const signal = AbortSignal.timeout(this.context.settings.listTimeoutMs);
    await this.exchange(session, { method: "POST", body, signal }, () => undefined);
  }

  /** Reads the session's own stream until it ends; at once where the server has none. */
  async listen(
    session: UpstreamSession,
    onMessage: OnMessage,
    signal: AbortSignal,
    lastEventId?: string,
  ): Promise<Exchanged> {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return this.exchange(session, { method: "GET", signal, headers }, onMessage);
  }

  /** Ends a session; a server that does not hold it any more is fine as well. */
  async end(session: UpstreamSession): Promise<void> {
    if (session.id === undefined) return;
    const signal = AbortSignal.timeout(this.context.settings.listTimeoutMs);
    await this.exchange(session, { method: "DELETE", signal }, () => undefined).catch(() => undefined);
  }

  private async exchange(
    session: UpstreamSession,
    request: OpenOptions & {
      method: WireRequest["method"];
      body?: RpcMessage;
      headers?: Record<string, string>;
    },
    onMessage: OnMessage,
  ): Promise<Exchanged> {
    const { context } = this;
    const { method, body, signal, span } = request;
    const headers: Record<string, string> = {
      ...request.headers,
      accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
      ...(session.version ? { "mcp-protocol-version": session.version } : {}),
      ...(session.id === undefined ? {} : { "mcp-session-id": session.id }),
      ...context.settings.headers,
    };
    if (body) headers["content-type"] = "application/json";
    let status = 0;
    let begun = false;
    const repeatable = () =>
      !begun && !signal?.aborted && isRequest(body) && context.repeatable.may(body.method, body.params ?? {});
    const wire = {
      method,
      path: context.path,
      headers,
      body: body && toJson(body),
      signal,
      span,
      repeatable,
    };
    const message = (text: string, eventId?: string) => {
      begun = true;
      // What a server says along with a refusal is no message of the session.
      if (status < 400 || method === "POST") onMessage(text, eventId);
    };
    const step = (replica: Replica) =>
      exchange(replica, wire, { message }, context.messageBytes, (start) => {
        status = start.status;
        if (status === 404 && session.id !== undefined) throw new StaleSession();
      });
    const opens = session.version === "";
    try {
      // A server that keeps no session can be asked on any of its replicas.
      return await (session.id === undefined && !opens
        ? onReplica(
            context,
            { repeatable, givenUp: () => signal?.aborted === true, beside: session.replica },
            step,
          )
        : step(replicaFor(context, session.replica)));
    } catch (error) {
      // A replica that can't be reached any more has taken its sessions along.
      if (error instanceof WireError && !error.arrived && session.id !== undefined) throw new StaleSession();
      // Before there is a session another replica may open one.
      if (error instanceof WireError && opens) throw error;
      throw asUnavailable(context.name, signal?.aborted ? signal.reason : error);
    }
  }
}

function findResponse(texts: readonly string[]): RpcResponse | undefined {
  for (const text of texts) {
    try {
      const message: unknown = parseJson(text);
      if (isResponse(message)) return message;
    } catch {
      // A page that says so in words; the status says it as well.
    }
  }
  return undefined;
}

function refusal(server: string, status: number, response: RpcResponse | undefined): Error {
  const { error } = response ?? {};
  if (status === 401 || status === 403 || status === 429 || status >= 500) {
    const why = error ? `: ${error.message}` : "";
    return unavailable(server, `it answered \`initialize\` with status ${status}${why}`);
  }
  // A modern server says so by its error, and one that knows no `initialize` is modern as well.
  if (error?.code === -32_022 || error?.code === -32_601 || error?.code === -32_020) return new NotLegacy();
  if (error) return new RpcError(error.code, error.message, 502, error.data);
  if (status >= 400) return new NotLegacy();
  return unavailable(server, `it gave no response to \`initialize\`, but status ${status}`);
}
