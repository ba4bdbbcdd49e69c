import type { ServerResponse } from "node:http";
import type { Span } from "@opentelemetry/api";
import { endSpan, serverSpan, type SpanError } from "../../../host/mcp-spans";
import { currentTracer } from "../../../host/tracing";
import { AnswerReader } from "../protocol/answer-error";
import { isRequest } from "../protocol/jsonrpc";
import { type Ingress, oneHeader } from "./request";

/** One request's trace. */
export interface RequestTrace {
  /** When the request arrived, in milliseconds since the process began. */
  readonly arrived: number;
  /** Its span, once it is known what is asked; none while tracing is off. */
  span?: Span;
}

/**
 * Begins the span of a request, now that its message is known; it ends with the response. A stream that lasts until its
 * client goes has none, nor has what is no request.
 */
export function beginSpan(ingress: Ingress, message: unknown): void {
  const span = spanOf(ingress, message);
  if (!span) return;
  const { response } = ingress;
  const reader = span.isRecording() ? tapped(response) : undefined;
  response.once("close", () => {
    span.setAttribute("http.response.status_code", response.statusCode);
    endSpan(span, response.writableFinished ? reader?.error(response.statusCode) : gone);
  });
}

/** Begins the span of a message whose answer comes on a stream; whoever calls this ends it. */
export function spanOf({ request, trace }: Ingress, message: unknown): Span | undefined {
  if (!currentTracer() || !isRequest(message) || message.method === "subscriptions/listen") return undefined;
  const version = oneHeader(request, "mcp-protocol-version");
  trace.span = serverSpan(
    message,
    request.headers,
    {
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "network.protocol.version": request.httpVersionMajor < 2 ? request.httpVersion : "2",
      ...(version === undefined ? {} : { "mcp.protocol.version": version }),
    },
    trace.arrived,
  );
  return trace.span;
}

const gone: SpanError = { type: "client_gone", message: "the client has gone" };

/** What reads along as an answer is written. */
function tapped(response: ServerResponse): AnswerReader {
  const reader = new AnswerReader();
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  const read = (chunk: unknown) => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) reader.push(chunk);
  };
  response.write = (...given: unknown[]) => {
    read(given[0]);
    return write(...given);
  };
  response.end = (...given: unknown[]) => {
    read(given[0]);
    return end(...given);
  };
  return reader;
}
