import { onceClosed } from "../../../host/closed";
import { randomUUID } from "node:crypto";
import { endSpan } from "../../../host/mcp-spans";
import type { InForce } from "../config/configuration";
import type { ClientStreams } from "../front/client-streams";
import type { LegacyExchange, LegacyFront } from "../front/legacy";
import { AnswerReader } from "../protocol/answer-error";
import { nowhere } from "../peers/elsewhere";
import { toJson } from "../../../host/json";
import { errorCode, isObject, isRequest, RpcError } from "../protocol/jsonrpc";
import type { Seal } from "../session/seal";
import { type Answer, HttpAnswer } from "./answer";
import { askedByMessage } from "./asked";
import { spanOf } from "./trace";
import { checkContentType, goneSignal, type Ingress, parseBody, readBody } from "./request";

/** What the endpoint needs. */
export interface SseParts {
  legacy: LegacyFront;
  streams: ClientStreams;
  seal: Seal;
  /** The process that the streams are in. */
  self: string;
  inForce: InForce;
}

/** What the address of a stream's messages holds, sealed. */
interface Address {
  owner: string;
  stream: string;
  principal: string;
}

/** One client's stream, which is its session as well. */
interface Stream {
  ingress: Ingress;
  answer: HttpAnswer;
  signal: AbortSignal;
  sessionId?: string;
  /** Requests that wait for their response. */
  running: number;
  /** It hears what belongs to no call. */
  listens?: boolean;
}

/**
 * The transport of the revision 2024-11-05, HTTP+SSE: a stream that everything for the client comes on, and an address of
 * its own, told as the stream's first event, that everything of the client goes to.
 */
export class SseEndpoint {
  private readonly streams = new Map<string, Stream>();
  private stopping = false;

  constructor(private readonly parts: SseParts) {}

  /** Opens a stream: `GET /sse`, or `GET /sse/<server>`. */
  open(ingress: Ingress): void {
    const { request, response, principal, view } = ingress;
    if (request.method !== "GET") throw notAllowed(request.method);
    const { inForce, seal, self } = this.parts;
    const id = randomUUID();
    const answer = new HttpAnswer(response, inForce.settings);
    const stream: Stream = { ingress, answer, signal: goneSignal(response), running: 0 };
    this.streams.set(id, stream);
    onceClosed(response, () => {
      this.streams.delete(id);
      void this.end(stream).catch(() => undefined);
    });
    answer.stream();
    const address = seal.seal("sse", { owner: self, stream: id, principal } satisfies Address);
    const path = view.scope === undefined ? "/messages" : `/messages/${view.scope}`;
    response.write(`event: endpoint\ndata: ${path}?session=${address}\n\n`);
  }

  /** Takes a message for a stream, in whichever process that is: `POST` to the stream's address. */
  async post(ingress: Ingress): Promise<void> {
    const { request, response, note, elsewhere } = ingress;
    if (request.method !== "POST") throw notAllowed(request.method);
    checkContentType(request);
    const message = parseBody(
      await readBody(request, this.parts.inForce.settings.bodyBytes),
      this.parts.inForce.settings.jsonDepth,
    );
    note(askedByMessage(message));
    const { owner, stream: id } = this.addressOf(ingress);
    if (await elsewhere.serve(owner, message)) return;
    const stream = this.streams.get(id);
    if (!stream || stream.ingress.view.scope !== ingress.view.scope) throw notFound();
    response.writeHead(202, { "content-type": "text/plain" }).end("Accepted");
    await this.take(stream, ingress, message);
  }

  /** Ends the streams in which nothing runs, and the others as soon as that is so. */
  close(): void {
    this.stopping = true;
    for (const stream of this.streams.values()) this.endIfIdle(stream);
  }

  private addressOf({ request, principal }: Ingress): Address {
    const sealed = new URL(request.url ?? "/", "http://gateway").searchParams.get("session") ?? "";
    const address = this.parts.seal.open("sse", sealed) as Address | undefined;
    if (address?.principal !== principal) throw notFound();
    return address;
  }

  private async take(stream: Stream, ingress: Ingress, message: unknown): Promise<void> {
    const { legacy, streams } = this.parts;
    const span = spanOf(ingress, message);
    const reader = new AnswerReader();
    const exchange = this.exchangeOf(stream, ingress, reader);
    stream.running += 1;
    try {
      await legacy.serve(exchange, message);
      if (isObject(message) && message.method === "notifications/initialized" && !stream.listens) {
        const session = legacy.sessionOf(exchange);
        stream.listens = true;
        stream.signal.addEventListener("abort", legacy.use(exchange, session, "streams"), { once: true });
        // The stream is the session: it ends with that.
        streams.open(exchange, session, () => stream.answer.close());
      }
    } catch (error) {
      if (isRequest(message)) exchange.answer.end(toJson(asResponse(error, message.id)));
      if (!(error instanceof RpcError)) throw error;
    } finally {
      if (span) endSpan(span, reader.error(200));
      stream.running -= 1;
      this.endIfIdle(stream);
    }
  }

  private exchangeOf(stream: Stream, ingress: Ingress, reader: AnswerReader): LegacyExchange {
    const { sessionId, signal } = stream;
    return {
      ...ingress,
      // The stream is the session, so there must be one.
      inspects: true,
      headers: ingress.request.headers,
      ...(sessionId === undefined ? {} : { sessionId }),
      answer: onStream(stream.answer, reader),
      elsewhere: nowhere,
      signal,
      giveSession: (id) => (stream.sessionId = id),
    };
  }

  private endIfIdle({ running, answer }: Stream): void {
    if (this.stopping && running === 0) answer.close();
  }

  private async end({ ingress, sessionId }: Stream): Promise<void> {
    if (sessionId !== undefined) await this.parts.legacy.end({ ...ingress, sessionId, elsewhere: nowhere });
  }
}

/** An answer on a stream that goes on after it. */
function onStream(stream: HttpAnswer, reader: AnswerReader): Answer {
  return {
    message: (text) => stream.message(text),
    end: (text) => {
      reader.push(text);
      stream.message(text);
    },
    close: () => undefined,
    release: () => undefined,
  };
}

function asResponse(error: unknown, id: string | number) {
  const known = error instanceof RpcError ? error : new RpcError(errorCode.internal, "Internal error", 500);
  return { ...known.response(), id };
}

function notAllowed(method: string | undefined): RpcError {
  return new RpcError(errorCode.invalidRequest, `Method ${method} is not allowed`, 405);
}

function notFound(): RpcError {
  return new RpcError(errorCode.invalidRequest, "There is no such stream: open it anew with GET /sse", 404);
}
