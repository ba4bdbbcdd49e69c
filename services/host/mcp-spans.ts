import {
  type Attributes,
  context,
  type Context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { plainText } from "./json";
import { NOTIFICATIONS, OTHER, REQUESTS } from "./methods";
import { currentTracer } from "./tracing";

/** An MCP message, as far as a span tells of it. */
export interface TracedMessage {
  method: string;
  id?: unknown;
  params?: unknown;
}

/** What carries a trace from one process to the next: the entries of `_meta`, or the headers, by W3C's names. */
export type Carrier = Record<string, unknown>;

/** What ended an operation otherwise than well, by the conventions' `error.type`. */
export interface SpanError {
  /** The code of the JSON-RPC error, `tool_error`, or another of few. */
  type: string | number;
  message?: string;
}

/** Names that clients make up are cut to this length. */
const mostCharacters = 256;

/**
 * Begins the span of a request that a client made. `_meta` names its parent, by whatever transport it came; where it does
 * not, the headers do. Where both name one, and not the same, the transport's is linked.
 * @returns undefined while tracing is off.
 */
export function serverSpan(
  message: TracedMessage,
  headers: Carrier = {},
  attributes: Attributes = {},
  startTime?: number,
): Span | undefined {
  const tracer = currentTracer();
  if (!tracer) return undefined;
  const byTransport = extracted(headers);
  const byMessage = extracted(metaOf(message));
  const inMessage = trace.getSpanContext(byMessage);
  const around = trace.getSpanContext(byTransport);
  const links: Link[] =
    inMessage && around && inMessage.spanId !== around.spanId ? [{ context: around }] : [];
  return tracer.startSpan(
    nameOf(message),
    {
      kind: SpanKind.SERVER,
      attributes: { ...attributesOf(message), ...attributes },
      links,
      ...(startTime === undefined ? {} : { startTime }),
    },
    inMessage ? byMessage : byTransport,
  );
}

/** Begins the span of a request that is made on behalf of another one; undefined while tracing is off. */
export function clientSpan(
  parent: Span,
  message: TracedMessage,
  attributes: Attributes = {},
): Span | undefined {
  return currentTracer()?.startSpan(
    nameOf(message),
    { kind: SpanKind.CLIENT, attributes: { ...attributesOf(message), ...attributes } },
    trace.setSpan(ROOT_CONTEXT, parent),
  );
}

/** What the next process needs to continue a span's trace. */
export function carrierOf(span: Span): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
  return carrier;
}

/** Ends a span: well, or with what went wrong. */
export function endSpan(span: Span, error?: SpanError): void {
  if (error) {
    const { type, message } = error;
    span.setAttribute("error.type", String(type));
    if (typeof type === "number") span.setAttribute("rpc.response.status_code", String(type));
    span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(message === undefined ? {} : { message: cut(message) }),
    });
  }
  span.end();
}

/** Does something while a span is the active one: what it logs has the span's ids, and its own spans are below it. */
export function during<T>(span: Span | undefined, step: () => T): T {
  return span ? context.with(trace.setSpan(context.active(), span), step) : step();
}

function extracted(carrier: Carrier): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

function nameOf({ method, params }: TracedMessage): string {
  if (!REQUESTS.has(method) && !NOTIFICATIONS.has(method)) return OTHER;
  const { name } = holder(params);
  const named = (method === "tools/call" || method === "prompts/get") && typeof name === "string";
  return named ? `${method} ${cut(name)}` : method;
}

/** OpenTelemetry's semantic conventions for MCP. */
function attributesOf({ method, id, params }: TracedMessage): Attributes {
  const { name, uri } = holder(params);
  const attributes: Attributes = { "mcp.method.name": cut(method) };
  if (typeof id === "string" || typeof id === "number") attributes["jsonrpc.request.id"] = cut(plainText(id));
  if (method === "tools/call") attributes["gen_ai.operation.name"] = "execute_tool";
  if (method === "tools/call" && typeof name === "string") attributes["gen_ai.tool.name"] = cut(name);
  if (method === "prompts/get" && typeof name === "string") attributes["gen_ai.prompt.name"] = cut(name);
  if (method.startsWith("resources/") && typeof uri === "string") attributes["mcp.resource.uri"] = cut(uri);
  return attributes;
}

function metaOf({ params }: TracedMessage): Carrier {
  return holder(holder(params)._meta);
}

function holder(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;
}
