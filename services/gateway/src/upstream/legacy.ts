import { parseJson } from "../../../host/json";
import { type Id, type RpcMessage, RpcError, errorCode } from "../protocol/jsonrpc";
import type { ClientFacts } from "../protocol/meta";
import { legacyVersions } from "../protocol/versions";
import type { UpstreamSession } from "../session/session";
import type { Call, ClientSessions } from "./call";
import { type ServerContext, unavailable } from "./context";
import { gatewayInfo } from "./discover";
import {
  LegacyWire,
  NotLegacy,
  type OnMessage,
  type Opened,
  type OpenOptions,
  StaleSession,
} from "./legacy-wire";
import { classify } from "./messages";
import { learnMarks, repeatsAny, ToolMarks } from "./param-headers";
import { Reply } from "./reply";
import { SharedSessions } from "./shared-session";

/** So often is a stream taken up again that ended before its response. */
const mostResumptions = 20;

/** Carries calls out on a server of the legacy era. */
export class LegacyServer {
  readonly wire: LegacyWire;
  readonly shared: SharedSessions;
  private readonly marks = new ToolMarks();
  private readonly reopening = new Map<string, Promise<UpstreamSession>>();

  constructor(private readonly context: ServerContext) {
    this.wire = new LegacyWire(context);
    this.shared = new SharedSessions(context.name, this.wire);
  }

  /** Whether the server opens sessions at all. */
  async canOpen(): Promise<boolean> {
    try {
      const { session } = await this.open({ info: gatewayInfo, capabilities: {} }, legacyVersions[0]);
      void this.wire.end(session);
      return true;
    } catch (error) {
      if (error instanceof NotLegacy) return false;
      throw error;
    }
  }

  /** Opens a session for a legacy client. */
  open(client: ClientFacts, version: string, options?: OpenOptions): Promise<Opened> {
    return this.wire.open(client, version, options);
  }

  /** One call: in the client's own session, or in one that the calls of a modern client share. */
  async call(call: Call): Promise<Reply> {
    if (call.sessions) return this.callOwn(call, call.sessions);
    if (call.method === "tools/call") await this.checkRepeated(call);
    const reply = await this.shared.call(call);
    if (call.method === "tools/list") this.marks.learn(call.principal, reply.response.result?.tools);
    return reply;
  }

  /** A modern client's headers are checked here, as the server does not know them. */
  private async checkRepeated(call: Call): Promise<void> {
    const { principal, params, headers } = call;
    if (this.marks.check(principal, params, headers) || !repeatsAny(headers)) return;
    await learnMarks(this.marks, call, (listing) => this.shared.call(listing));
    this.marks.check(principal, params, headers);
  }

  /**
   * Does something in a client's session, and once more in a new one where the server does not know it any more, or the
   * replica that held it is gone.
   */
  async inSession<T>(
    call: Pick<Call, "client" | "version">,
    sessions: ClientSessions,
    step: (session: UpstreamSession) => Promise<T>,
  ): Promise<T> {
    const { name, replicas } = this.context;
    const session = sessions.get(name) ?? (await this.fresh(call, sessions));
    // A replica that is gone has taken its sessions along.
    const lost = session.id !== undefined && !replicas.find(session.replica);
    try {
      if (lost) throw new StaleSession();
      return await step(session);
    } catch (error) {
      if (!(error instanceof StaleSession)) throw error;
      return step(await this.reopened(call, sessions, session));
    }
  }

  async close(): Promise<void> {
    await this.shared.close();
  }

  private async callOwn(call: Call, sessions: ClientSessions): Promise<Reply> {
    const { id, method, params, headers, signal, span } = call;
    return this.inSession(call, sessions, async (session) => {
      let final: string | undefined;
      let lastEvent: string | undefined;
      const onMessage: OnMessage = (text, eventId) => {
        lastEvent = eventId ?? lastEvent;
        const { kind } = classify(text);
        if (kind === "response") final ??= text;
        else if (kind === "request") sessions.passRequest(this.context.name, text);
        else if (kind === "notification") call.notify(text);
      };
      const body: RpcMessage = { jsonrpc: "2.0", id, method, params };
      let { status } = await this.wire.post(session, body, onMessage, { signal, headers, span });
      for (let times = 0; final === undefined && lastEvent !== undefined; times += 1) {
        if (times === mostResumptions) break;
        ({ status } = await this.wire.listen(session, onMessage, signal, lastEvent));
      }
      if (final === undefined)
        throw unavailable(this.context.name, `it gave no response, but status ${status}`);
      return Reply.text(final, status);
    });
  }

  private async fresh(
    call: Pick<Call, "client" | "version">,
    sessions: ClientSessions,
  ): Promise<UpstreamSession> {
    const { session } = await this.open(call.client, call.version).catch((error: unknown) => {
      if (!(error instanceof NotLegacy)) throw error;
      throw new RpcError(errorCode.internal, `${this.context.name} opens no session any more`, 502);
    });
    sessions.set(this.context.name, session);
    return session;
  }

  /** Calls that find the same session stale at once wait for one new session. */
  private async reopened(
    call: Pick<Call, "client" | "version">,
    sessions: ClientSessions,
    stale: UpstreamSession,
  ): Promise<UpstreamSession> {
    const newer = sessions.get(this.context.name);
    if (newer && newer.id !== stale.id) return newer;
    const key = `${stale.replica} ${stale.id}`;
    let opening = this.reopening.get(key);
    if (!opening) {
      opening = this.fresh(call, sessions).finally(() => this.reopening.delete(key));
      this.reopening.set(key, opening);
    }
    const session = await opening;
    sessions.set(this.context.name, session);
    return session;
  }
}

/** The id that a server's request has for the client: it tells the server, and the id there. */
export function questionId(server: string, id: Id): string {
  return `${server}:${JSON.stringify(id)}`;
}

/** The server and its own id, out of the id of a client's response. */
export function originOf(id: unknown): { server: string; id: Id } | undefined {
  const [, server, text] = (typeof id === "string" && /^([a-z0-9-]+):(.+)$/s.exec(id)) || [];
  if (server === undefined || text === undefined) return undefined;
  try {
    const own: unknown = parseJson(text);
    return typeof own === "string" || typeof own === "number" ? { server, id: own } : undefined;
  } catch {
    return undefined;
  }
}
