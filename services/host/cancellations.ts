import { onceClosed } from "./closed";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isInitializeRequest, isJSONRPCNotification, isJSONRPCRequest } from "@modelcontextprotocol/server";

/**
 * Lets clients of the 2025 era cancel their calls where each of their requests stands alone: a cancellation is a request of its
 * own in that era, and the number of a call says nothing without the client whose it is.
 *
 * Each client gets a session id, which is a name and nothing else: nothing is kept for it, and every process takes every id, so
 * that a client notices neither a restart nor another replica.
 */
export class Cancellations {
  /** What ends a call, by its client and its number. */
  private readonly running = new Map<string, () => void>();

  /** Looks at a request before it is served; `body` is its content, parsed. */
  note({ headers }: IncomingMessage, response: ServerResponse, body: unknown): void {
    const client = headers["mcp-session-id"];
    if (typeof client !== "string") {
      if (isInitializeRequest(body)) response.setHeader("mcp-session-id", randomUUID());
    } else if (isJSONRPCRequest(body)) {
      this.begin(keyOf(client, body.id), response);
    } else if (isJSONRPCNotification(body) && body.method === "notifications/cancelled") {
      this.running.get(keyOf(client, body.params?.["requestId"]))?.();
    }
  }

  private begin(key: string, response: ServerResponse): void {
    // The end of its answer is what a call sees of its client's going.
    const end = () => (response.headersSent ? response.end() : response.destroy());
    this.running.set(key, end);
    onceClosed(response, () => {
      if (this.running.get(key) === end) this.running.delete(key);
    });
  }
}

/** The number 1 and the text "1" are two ids. */
function keyOf(client: string, id: unknown): string {
  return JSON.stringify([client, id]);
}
