import { onceClosed } from "../../../host/closed";
import type { InForce } from "../config/configuration";
import type { LegacyFront } from "../front/legacy";
import { sessionUsed } from "../peers/elsewhere";
import type { ClientStreams } from "../front/client-streams";
import type { ModernFront } from "../front/modern";
import { parseJson } from "../../../host/json";
import { errorCode, type Id, isObject, isRequest, RpcError } from "../protocol/jsonrpc";
import { metaKey, metaOf } from "../protocol/meta";
import type { SessionUse } from "../access/open-sessions";
import type { Session } from "../session/session";
import { isCacheable } from "../upstream/cache";
import type { UpstreamServer } from "../upstream/server";
import { currentTracer } from "../../../host/tracing";
import { HttpAnswer } from "./answer";
import { askedByHeaders, askedByMessage } from "./asked";
import type { Passthrough } from "./passthrough";
import {
  checkContentType,
  claimsModern,
  goneSignal,
  type Ingress,
  oneHeader,
  parseBody,
  readBody,
} from "./request";
import { beginSpan } from "./trace";

/** What an MCP endpoint needs. */
export interface EndpointParts {
  modern: ModernFront;
  legacy: LegacyFront;
  streams: ClientStreams;
  passthrough: Passthrough;
  inForce: InForce;
}

/** A legacy request says what it asks for in its body alone; a larger one is passed on without looking. */
const mostToLookInto = 16 * 1024;

const used = Buffer.from(JSON.stringify(sessionUsed));

/** Serves `/mcp` and `/mcp/<server>`: finds out the client's era, and the shortest way for it. */
export class McpEndpoint {
  constructor(private readonly parts: EndpointParts) {}

  /** Serves one request. What it throws was not answered yet. */
  async serve(ingress: Ingress): Promise<void> {
    const { request } = ingress;
    switch (request.method) {
      case "POST":
        return this.post(ingress);
      case "GET":
        return this.get(ingress);
      case "DELETE":
        return this.delete(ingress);
      default:
        throw new RpcError(errorCode.invalidRequest, `Method ${request.method} is not allowed`, 405);
    }
  }

  private async post(ingress: Ingress): Promise<void> {
    const { request, view } = ingress;
    checkContentType(request);
    const body = await readBody(request, this.parts.inForce.settings.bodyBytes);
    // Where a rule is about tools, what is called must be looked into.
    const [only] = view.scope === undefined || ingress.inspects ? [] : view.servers.values();
    const looked = this.lookInto(ingress, body);
    try {
      if (claimsModern(request)) {
        if (!looked) ingress.note(askedByHeaders(ingress));
        return await this.modern(ingress, body, only);
      }
      const sessionId = oneHeader(request, "mcp-session-id");
      if (ingress.elsewhere.passedOn && sessionId !== undefined && body.equals(used)) {
        this.session(ingress, sessionId, () => undefined);
        return void ingress.response.writeHead(202).end();
      }
      if (only && (await speaks(only, "legacy")) && sessionId !== undefined) {
        if (!looked && body.length <= mostToLookInto)
          ingress.note(askedByMessage(parseBody(body, this.parts.inForce.settings.jsonDepth)));
        let fresh: string | undefined;
        const session = this.session(ingress, sessionId, (id) => (fresh = id));
        return await this.during(ingress, session, "calls", () =>
          this.parts.passthrough.legacy(ingress, only, body, session, fresh),
        );
      }
      const message = parseBody(body, this.parts.inForce.settings.jsonDepth);
      if (!looked) ingress.note(askedByMessage(message));
      if (isObject(message) && typeof metaOf(message.params as never)[metaKey.version] === "string") {
        return await this.modern(ingress, body, only);
      }
      const opens = isRequest(message) && message.method === "initialize";
      if (only && !opens && sessionId === undefined && (await speaks(only, "legacy"))) {
        return await this.parts.passthrough.legacy(ingress, only, body, undefined);
      }
      await this.legacy(ingress, message, sessionId);
    } catch (error) {
      throw withId(error, body);
    }
  }

  /** Takes note of a message that is passed on as it is, where spans or records need what is in it. @returns whether it did. */
  private lookInto(ingress: Ingress, body: Buffer): boolean {
    const { audit, auditArgumentBytes, jsonDepth } = this.parts.inForce.settings;
    if (!currentTracer() && !(audit && auditArgumentBytes > 0)) return false;
    try {
      const message = parseBody(body, jsonDepth);
      ingress.note(askedByMessage(message));
      beginSpan(ingress, message);
      return true;
    } catch {
      // What it is refused with is said by whoever has to read it.
      return false;
    }
  }

  private async modern(ingress: Ingress, body: Buffer, only: UpstreamServer | undefined): Promise<void> {
    const method = oneHeader(ingress.request, "mcp-method") ?? "";
    // What is kept, and what ends that, has to be looked into.
    const ofCache = only?.context.cache.on && (isCacheable(method) || method === "subscriptions/listen");
    if (only && !ofCache && (only.knownFor("modern") || (await speaks(only, "modern")))) {
      return this.parts.passthrough.modern(ingress, only, body);
    }
    return this.parts.modern.serve(ingress, parseBody(body, this.parts.inForce.settings.jsonDepth));
  }

  private async legacy(ingress: Ingress, message: unknown, sessionId: string | undefined): Promise<void> {
    const { request, response } = ingress;
    const answer = new HttpAnswer(response, this.parts.inForce.settings);
    const answered = await this.parts.legacy.serve(
      {
        ...ingress,
        headers: request.headers,
        ...(sessionId === undefined ? {} : { sessionId }),
        answer,
        signal: goneSignal(response),
        giveSession: (id) => (answer.headers["mcp-session-id"] = id),
      },
      message,
    );
    if (!answered) answer.close();
  }

  private async get(ingress: Ingress): Promise<void> {
    const { request, response, view } = ingress;
    const sessionId = oneHeader(request, "mcp-session-id");
    if (sessionId === undefined || claimsModern(request)) {
      throw new RpcError(errorCode.invalidRequest, "There is no stream without a session", 405);
    }
    const session = this.session(ingress, sessionId);
    const [only] = view.scope === undefined || ingress.inspects ? [] : view.servers.values();
    if (only && session.upstream[only.name]) {
      return this.during(ingress, session, "streams", () =>
        this.parts.passthrough.legacy(ingress, only, Buffer.alloc(0), session),
      );
    }
    onceClosed(response, this.parts.legacy.use(ingress, session, "streams"));
    if (await this.parts.legacy.servedAtHome(ingress, session)) return;
    const answer = new HttpAnswer(response, this.parts.inForce.settings);
    answer.stream();
    this.parts.streams.open(
      { view, answer, signal: goneSignal(response), headers: request.headers },
      session,
    );
  }

  private async delete(ingress: Ingress): Promise<void> {
    const sessionId = oneHeader(ingress.request, "mcp-session-id");
    if (sessionId === undefined)
      throw new RpcError(errorCode.invalidRequest, "There is no session to end", 405);
    await this.parts.legacy.end({ ...ingress, sessionId });
    ingress.response.writeHead(200).end();
  }

  /** Does what uses a session. */
  private async during(
    ingress: Ingress,
    session: Session,
    kind: SessionUse,
    step: () => Promise<void>,
  ): Promise<void> {
    const used = this.parts.legacy.use(ingress, session, kind);
    try {
      await step();
    } finally {
      used();
    }
  }

  private session(ingress: Ingress, sessionId: string, use?: (id: string) => void) {
    const session = this.parts.legacy.sessionOf({ ...ingress, sessionId }, use);
    ingress.trace.span?.setAttribute("mcp.session.id", session.nonce);
    return session;
  }
}

async function speaks(server: UpstreamServer, era: "modern" | "legacy"): Promise<boolean> {
  return server.knownFor(era) !== undefined || (await server.eraFor(era)) === era;
}

/** An error that knows which request it answers. Only where something went wrong is a body parsed for that. */
function withId(error: unknown, body: Buffer): unknown {
  if (!(error instanceof RpcError)) return error;
  try {
    const { id } = parseJson(body.toString()) as { id?: Id };
    if (typeof id === "string" || typeof id === "number") error.requestId = id;
  } catch {
    // There is none to be had.
  }
  return error;
}
