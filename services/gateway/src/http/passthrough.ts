import { onceClosed } from "../../../host/closed";
import type { ServerResponse } from "node:http";
import { requestHeaders } from "../protocol/headers";
import { isRequest } from "../protocol/jsonrpc";
import type { Session, Sessions } from "../session/session";
import { Cancellation } from "../upstream/cancellation";
import { onReplica } from "../upstream/attempts";
import { asUnavailable, replicaFor } from "../upstream/context";
import type { Gate } from "../upstream/gate";
import { StaleSession } from "../upstream/legacy-wire";
import type { UpstreamServer } from "../upstream/server";
import type { Replica } from "../upstream/replica";
import { WireError, type WireRequest } from "../upstream/wire";
import { relay } from "./relay";
import { type Ingress, oneHeader } from "./request";
import { GivenUp } from "../upstream/given-up";

interface PassOptions {
  /** The time of the request is limited, and it takes a call's place. */
  limited: boolean;
  /** The replica that holds the session. */
  replica?: string;
  /** A replica whose group is kept to, where the server keeps no sessions. */
  beside?: string;
  headers?: Record<string, string>;
  /** Headers of the answer besides the server's. */
  answerHeaders?: () => Record<string, string>;
  /** A 404 says that the session is gone. */
  stale?: boolean;
}

/**
 * Passes requests to a server that speaks the client's own era, without looking into what either of them says: the
 * fast way through the gateway.
 */
export class Passthrough {
  constructor(private readonly sessions: Sessions) {}

  /** A request of the modern era. */
  async modern(ingress: Ingress, server: UpstreamServer, body: Buffer): Promise<void> {
    const lasts = oneHeader(ingress.request, "mcp-method") === "subscriptions/listen";
    await this.pass(ingress, server, body, { limited: !lasts });
  }

  /**
   * A request of the legacy era, in its session or, where the server has none, without.
   * @param fresh the session's new id, where it has just got one.
   */
  async legacy(
    ingress: Ingress,
    server: UpstreamServer,
    body: Buffer,
    session: Session | undefined,
    fresh?: string,
  ): Promise<void> {
    const limited = ingress.request.method !== "GET";
    const upstream = session?.upstream[server.name];
    if (!session || !upstream) return void (await this.pass(ingress, server, body, { limited }));
    const id = oneHeader(ingress.request, "mcp-session-id")!;
    const own = {
      get: (name: string) => session.upstream[name],
      set: (name: string, opened: typeof upstream) => {
        session.upstream[name] = opened;
        fresh = this.sessions.replace(id, session);
      },
      passRequest: () => undefined,
    };
    await server.legacy.inSession(session, own, (at) =>
      this.pass(ingress, server, body, {
        limited,
        ...(at.id === undefined ? { beside: at.replica } : { replica: at.replica }),
        headers: at.id === undefined ? {} : { "mcp-session-id": at.id },
        answerHeaders: (): Record<string, string> => (fresh === undefined ? {} : { "mcp-session-id": fresh }),
        stale: at.id !== undefined,
      }),
    );
  }

  private async pass(
    { request, response, trace }: Ingress,
    server: UpstreamServer,
    body: Buffer,
    options: PassOptions,
  ): Promise<void> {
    const { path, settings } = server.context;
    const cancellation = new Cancellation();
    const gone = () => {
      if (!response.writableFinished) cancellation.cancel(new GivenUp("the client has gone"));
    };
    const stay = onceClosed(response, gone);
    const late = () => cancellation.cancel(new GivenUp(`no answer within ${settings.callTimeoutMs} ms`));
    const timer = options.limited ? setTimeout(late, settings.callTimeoutMs) : undefined;
    const repeatable = () => !cancellation.cancelled && mayRepeat(server, body);
    const wire: WireRequest = {
      method: request.method as WireRequest["method"],
      path,
      headers: Object.assign(requestHeaders(request.headers), options.headers, settings.headers),
      span: trace.span,
      repeatable,
    };
    if (request.method === "POST") wire.body = body;
    let inside = false;
    try {
      // What lasts until its client goes takes no place from calls.
      if (options.limited) {
        if (!server.gate.tryEnter()) await queued(server.gate, cancellation);
        inside = true;
      }
      const step = (replica: Replica) => this.relay(replica, wire, response, cancellation, options);
      const { replica, beside } = options;
      const attempt = { repeatable, givenUp: () => cancellation.cancelled, beside };
      if (replica === undefined) await onReplica(server.context, attempt, step);
      else await step(replicaFor(server.context, replica));
    } catch (error) {
      // A replica that can't be reached any more has taken its sessions along.
      if (options.stale && error instanceof WireError && !error.arrived) throw new StaleSession();
      throw asUnavailable(server.name, error);
    } finally {
      if (inside) server.gate.leave();
      clearTimeout(timer);
      stay();
    }
  }

  private async relay(
    replica: Replica,
    request: WireRequest,
    response: ServerResponse,
    cancellation: Cancellation,
    { stale, answerHeaders }: PassOptions,
  ): Promise<void> {
    const relayed = await relay(replica, {
      request,
      response,
      cancellation,
      headers: answerHeaders?.(),
      accept: ({ status }) => !(stale === true && status === 404),
    });
    if (relayed.kind === "kept") throw new StaleSession();
    if (relayed.kind === "failed") throw relayed.error;
  }
}

/** Whether a request that was not answered may be made again; only then it is looked into. */
function mayRepeat({ context }: UpstreamServer, body: Buffer): boolean | Promise<boolean> {
  try {
    const request: unknown = JSON.parse(body.toString());
    return isRequest(request) && context.repeatable.may(request.method, request.params ?? {});
  } catch {
    return false; // no request, but the opening of a stream
  }
}

/** Waits for a call's place on a server. */
async function queued(gate: Gate, cancellation: Cancellation): Promise<void> {
  const control = new AbortController();
  cancellation.ends((reason) => control.abort(reason));
  await gate.wait(control.signal);
}
