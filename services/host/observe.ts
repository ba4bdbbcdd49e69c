import type { Span } from "@opentelemetry/api";
import {
  type CallToolResult,
  InMemoryTransport,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type ListToolsResult,
  McpServer,
  type McpServerFactory,
  type MessageExtraInfo,
  type RequestId,
  type Server,
  type Transport,
} from "@modelcontextprotocol/server";
import { type CallNotes, noting } from "./call-notes";
import { type Carrier, during, endSpan, serverSpan } from "./mcp-spans";
import type { ErrorType, Operations } from "./operations";
import type { Logger } from "./log";
import { traceIdOf } from "./trace-parent";
import { currentTracer, traceIds } from "./tracing";

/** Where what is observed is told. */
export interface Observers {
  operations: Operations;
  log: Logger;
}

/**
 * Measures and traces every request to the servers that a factory makes, and logs the calls of tools, whichever way they came:
 * HTTP and stdio of both protocol eras all end at a server's transport.
 */
export function observed(create: McpServerFactory, observers: Observers): McpServerFactory {
  return async (context) => {
    const product = await create(context);
    observeServer(product, observers);
    return product;
  };
}

/** Does so with every request to a server, from when it is connected. */
export function observeServer(product: McpServer | Server, observers: Observers): void {
  onConnect(product, (transport) => observe(transport, observers));
}

/** Hands a server's transport out before the server is connected to it. Who comes last is nearest to the client. */
export function onConnect(product: McpServer | Server, hook: (transport: Transport) => void): void {
  const server = serverOf(product);
  const connect = server.connect.bind(server);
  server.connect = (transport) => {
    hook(transport);
    return connect(transport);
  };
}

/** The names of the tools that a factory's servers offer, asked as a client asks. */
export async function toolNames(create: McpServerFactory): Promise<string[]> {
  const server = serverOf(await create({ era: "legacy" }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const ask = (cursor: string | undefined) =>
    new Promise<Partial<ListToolsResult>>((resolve) => {
      // An error says that there are no tools: a server of resources and prompts has none to list.
      near.onmessage = (message: JSONRPCMessage) => resolve("result" in message ? message.result : {});
      void near.send({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { cursor } });
    });
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const { tools = [], nextCursor } = await ask(cursor);
    names.push(...tools.map(({ name }) => name));
    cursor = nextCursor;
  } while (cursor !== undefined);
  await server.close();
  return names;
}

function serverOf(product: McpServer | Server): Server {
  return product instanceof McpServer ? product.server : product;
}

/**
 * Listens in on a transport, from when its server starts it: by then the server has set its callbacks. The transport stays
 * the object that it is, as the SDK looks at what it is given.
 */
function observe(transport: Transport, { operations, log }: Observers): void {
  const running = new Map<RequestId, End>();
  const end = (id: RequestId | undefined, error: ErrorType, message?: string) => {
    if (id === undefined) return;
    running.get(id)?.(error, message);
    running.delete(id);
  };
  const start = transport.start.bind(transport);
  transport.start = () => {
    const { onmessage, onclose } = transport;
    transport.onmessage = (message, extra) => {
      if (!("method" in message) || !("id" in message)) {
        onmessage?.(message, extra);
        if (!("method" in message) || message.method !== "notifications/cancelled") return;
        return end((message.params as { requestId?: RequestId } | undefined)?.requestId, "cancelled");
      }
      end(message.id, "cancelled"); // of a client that uses an id twice, the first can't be told apart any more
      const headers = Object.fromEntries(extra?.request?.headers ?? []);
      const span = spanOf(message, extra, headers);
      const notes: CallNotes = {};
      const trace = span ? traceIds(span) : traceOf(message, headers);
      const ends = [operations.begin(message.method, message.params), logged(message, { trace, notes }, log)];
      running.set(message.id, together(ends, span));
      noting(notes, () => during(span, () => onmessage?.(message, extra)));
    };
    transport.onclose = () => {
      onclose?.();
      running.forEach((ended) => ended("cancelled"));
      running.clear();
    };
    return start();
  };
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if ("result" in message) end(message.id, resultError(message.result));
    else if ("error" in message) end(message.id, message.error.code, message.error.message);
    return send(message, options);
  };
}

/** Marks the end of a request. */
type End = (error: ErrorType, message?: string) => void;

function together(ends: readonly End[], span: Span | undefined): End {
  return (error, message) => {
    for (const end of ends) end(error);
    if (span) endSpan(span, error === "" ? undefined : { type: error, message });
  };
}

/** What ties a call's line in the log to others: its trace, and what the tool says of it. */
interface CallRecord {
  trace: Record<string, string>;
  notes: CallNotes;
}

/** A line for each call of a tool, by which it is found again: never with its arguments. */
function logged({ method, params }: JSONRPCRequest, { trace, notes }: CallRecord, log: Logger): End {
  if (method !== "tools/call") return () => undefined;
  const began = performance.now();
  return (error) => {
    const ms = Math.round(performance.now() - began);
    log.info("call", { tool: params?.name, ms, ...(error === "" ? {} : { error, ...notes }), ...trace });
  };
}

/** The trace that a client has its call belong to, where this program makes no spans of its own. */
function traceOf(message: JSONRPCRequest, headers: Carrier): Record<string, string> {
  const id = traceIdOf(message, headers);
  return id === undefined ? {} : { trace_id: id };
}

/** The span of a request, which is the tool's as well: the conventions have one for both. Streams that last have none. */
function spanOf(
  message: JSONRPCRequest,
  extra: MessageExtraInfo | undefined,
  headers: Record<string, string>,
): Span | undefined {
  if (!currentTracer() || message.method === "subscriptions/listen") return undefined;
  const overHttp = extra?.request !== undefined;
  return serverSpan(message, headers, {
    "network.transport": overHttp ? "tcp" : "pipe",
    ...(overHttp ? { "network.protocol.name": "http" } : {}),
    ...(headers["mcp-protocol-version"] ? { "mcp.protocol.version": headers["mcp-protocol-version"] } : {}),
    ...(headers["mcp-session-id"] ? { "mcp.session.id": headers["mcp-session-id"] } : {}),
  });
}

/** The SDK gives arguments that a tool's schema refuses as an error of the tool; only the words tell them apart. */
const REFUSED = /^(Input validation error: )?Invalid arguments for tool /;

function resultError({ isError, content }: Partial<CallToolResult>): ErrorType {
  if (isError !== true) return "";
  const first = content?.[0];
  return first?.type === "text" && REFUSED.test(first.text) ? "invalid_arguments" : "tool_error";
}
