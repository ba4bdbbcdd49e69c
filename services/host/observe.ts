import {
  type CallToolResult,
  InMemoryTransport,
  type JSONRPCMessage,
  type ListToolsResult,
  McpServer,
  type McpServerFactory,
  type RequestId,
  type Server,
  type Transport,
} from "@modelcontextprotocol/server";
import type { ErrorType, Operations } from "./operations";

/**
 * Measures every request to the servers that a factory makes, whichever way it came: HTTP and stdio of both protocol
 * eras all end at a server's transport.
 */
export function observed(create: McpServerFactory, operations: Operations): McpServerFactory {
  return async (context) => {
    const product = await create(context);
    observeServer(product, operations);
    return product;
  };
}

/** Measures every request to a server, from when it is connected. */
export function observeServer(product: McpServer | Server, operations: Operations): void {
  const server = serverOf(product);
  const connect = server.connect.bind(server);
  server.connect = (transport) => {
    observe(transport, operations);
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
 * Listens in on a transport before a server takes it. It stays the object that it is, as the SDK looks at what it is
 * given; callbacks that are set already are called by those that the server sets.
 */
function observe(transport: Transport, operations: Operations): void {
  const running = new Map<RequestId, (error: ErrorType) => void>();
  const end = (id: RequestId | undefined, error: ErrorType) => {
    if (id === undefined) return;
    running.get(id)?.(error);
    running.delete(id);
  };
  const { onmessage, onclose } = transport;
  transport.onmessage = (message, extra) => {
    onmessage?.(message, extra);
    if (!("method" in message)) return;
    if ("id" in message) {
      end(message.id, "cancelled"); // of a client that uses an id twice, the first can't be told apart any more
      running.set(message.id, operations.begin(message.method, message.params));
    } else if (message.method === "notifications/cancelled") {
      end((message.params as { requestId?: RequestId } | undefined)?.requestId, "cancelled");
    }
  };
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if ("result" in message) end(message.id, resultError(message.result));
    else if ("error" in message) end(message.id, message.error.code);
    return send(message, options);
  };
  transport.onclose = () => {
    onclose?.();
    running.forEach((ended) => ended("cancelled"));
    running.clear();
  };
}

/** The SDK gives arguments that a tool's schema refuses as an error of the tool; only the words tell them apart. */
const REFUSED = /^(Input validation error: )?Invalid arguments for tool /;

function resultError({ isError, content }: Partial<CallToolResult>): ErrorType {
  if (isError !== true) return "";
  const first = content?.[0];
  return first?.type === "text" && REFUSED.test(first.text) ? "invalid_arguments" : "tool_error";
}
