import { unlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Duplex, Readable, Writable } from "node:stream";
import type { JSONRPCMessage, McpServerFactory, Transport } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Calls } from "./calls";
import { LineTransport } from "./line-transport";
import { describeError, type Logger } from "./log";

/** What serving over a pair of streams needs. */
export interface StreamServing {
  createServer: McpServerFactory;
  calls: Calls;
  log: Logger;
}

/** A client that is served over streams. */
export interface StreamClient {
  /** Resolves when the client went away or was let go. */
  closed: Promise<void>;
  close: () => Promise<void>;
}

/** Serves one client over two streams, in the protocol era that it opens with. */
export function serveStreams(
  { createServer: create, calls, log }: StreamServing,
  input: Readable,
  output: Writable,
): StreamClient {
  const { transport, closed } = countCalls(new LineTransport(input, output), calls);
  const handle = serveStdio(create, {
    transport,
    onerror: (error) => log.warn("message refused", describeError(error)),
  });
  return { closed, close: () => handle.close() };
}

/**
 * Serves every process that attaches at a socket; see `attach`. Where the socket can't be made, on a read-only
 * file system for one, those processes serve by themselves, so that is no reason to fail.
 * @returns what closes the socket and lets go of everyone.
 */
export async function serveSocket(serving: StreamServing, path: string): Promise<() => Promise<void>> {
  const open = new Set<Duplex>();
  const server = createServer((socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
    void serveStreams(serving, socket, socket).closed.then(() => socket.end());
  });
  try {
    unlinkStale(path);
    await new Promise<void>((resolve, reject) => {
      // Its own user only: whoever attaches is served without a further question.
      const mask = process.umask(0o177);
      server.once("error", reject).listen(path, resolve);
      process.umask(mask);
    });
  } catch (error) {
    serving.log.warn("no socket for stdio processes", { path, ...describeError(error) });
    return async () => undefined;
  }
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    open.forEach((socket) => socket.destroy());
    await closed;
  };
}

/** A server that was killed leaves its socket behind. */
function unlinkStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/**
 * Puts a counter between a transport and its server: a request begins a call; its response, its cancellation or the
 * close ends it.
 */
function countCalls(inner: Transport, calls: Calls): { transport: Transport; closed: Promise<void> } {
  const running = new Map<unknown, () => void>();
  let markClosed: () => void;
  const closed = new Promise<void>((resolve) => (markClosed = resolve));
  const end = (id: unknown) => {
    running.get(id)?.();
    running.delete(id);
  };
  const transport: Transport = {
    start: () => inner.start(),
    close: () => inner.close(),
    send: async (message: JSONRPCMessage, options) => {
      try {
        await inner.send(message, options);
      } finally {
        if (!("method" in message) && "id" in message) end(message.id);
      }
    },
  };
  inner.onmessage = (message, extra) => {
    // A subscription lasts until its client goes away, so it is no call to wait for.
    if ("method" in message && "id" in message && message.method !== "subscriptions/listen") {
      running.set(message.id, calls.begin());
    }
    // What is cancelled gets no response.
    if ("method" in message && message.method === "notifications/cancelled") end(message.params?.requestId);
    transport.onmessage?.(message, extra);
  };
  inner.onerror = (error) => transport.onerror?.(error);
  inner.onclose = () => {
    running.forEach((end) => end());
    transport.onclose?.();
    markClosed();
  };
  return { transport, closed };
}
