import type { Span } from "@opentelemetry/api";
import { carrierOf, clientSpan, endSpan } from "../../../host/mcp-spans";
import { AnswerReader } from "../protocol/answer-error";
import { tracedMessage, withTraceparent } from "../protocol/trace-context";
import type { Replica } from "./replica";
import type { WireHandler, WireRequest } from "./wire";

/** A request to a replica with a span of its own, which the replica can continue; what is no MCP message has none. */
export function traced(
  replica: Replica,
  request: WireRequest,
  handler: WireHandler,
): [WireRequest, WireHandler] {
  const text = request.body?.toString() ?? "";
  const message = tracedMessage(text);
  if (!request.span || !message) return [request, handler];
  const { hostname, port } = new URL(`http://${replica.host}`);
  const { "mcp-session-id": session, "mcp-protocol-version": version } = request.headers;
  const span = clientSpan(request.span, message, {
    "server.address": hostname,
    "server.port": Number(port || (replica.origin.startsWith("https:") ? 443 : 80)),
    "network.transport": "tcp",
    "network.protocol.name": "http",
    ...(version === undefined ? {} : { "mcp.protocol.version": version }),
    ...(session === undefined ? {} : { "mcp.session.id": session }),
  });
  if (!span) return [request, handler];
  const carrier = carrierOf(span);
  return [
    {
      ...request,
      headers: { ...request.headers, ...carrier },
      body: withTraceparent(text, message.params, carrier.traceparent ?? ""),
    },
    ending(span, handler),
  ];
}

/** A handler that ends the span with the response, as it ends. */
function ending(span: Span, handler: WireHandler): WireHandler {
  const reader = span.isRecording() ? new AnswerReader() : undefined;
  let status = 0;
  return {
    start(start, flow) {
      ({ status } = start);
      span.setAttribute("http.response.status_code", status);
      handler.start(start, flow);
    },
    data(chunk, flow) {
      reader?.push(chunk);
      handler.data(chunk, flow);
    },
    end() {
      endSpan(span, reader?.error(status));
      handler.end();
    },
    fail(error) {
      endSpan(span, { type: error.arrived ? "broken_off" : "not_reached", message: error.message });
      handler.fail(error);
    },
  };
}
