import type { IncomingMessage, ServerResponse } from "node:http";
import type { InForce } from "../config/configuration";
import { oneHeader } from "../http/request";
import { errorCode, RpcError } from "../protocol/jsonrpc";

/** Counts the streams that clients hold open, in this process. */
export class StreamLimit {
  private readonly open = new Map<string, number>();

  constructor(private readonly inForce: InForce) {}

  /**
   * Counts a request that lasts until its client ends it.
   * @throws RpcError with status 429 where the client has too many.
   */
  enter(request: IncomingMessage, response: ServerResponse, principal: string): void {
    const { streams } = this.inForce.settings;
    if (streams === 0 || !lasts(request)) return;
    // Where nobody has to say who he is, the address tells clients apart.
    const key = principal === "anonymous" ? `${principal} ${request.socket.remoteAddress}` : principal;
    const count = this.open.get(key) ?? 0;
    if (count >= streams) {
      const error = new RpcError(
        errorCode.tooManyRequests,
        `Too many streams: ${streams} may be open at the same time; close one`,
        429,
      );
      error.headers["retry-after"] = "1";
      throw error;
    }
    this.open.set(key, count + 1);
    response.once("close", () => {
      const left = (this.open.get(key) ?? 1) - 1;
      if (left === 0) this.open.delete(key);
      else this.open.set(key, left);
    });
  }
}

/** Whether a request is for a stream, which lasts until its client ends it. */
export function lasts(request: IncomingMessage): boolean {
  return request.method === "GET" || oneHeader(request, "mcp-method") === "subscriptions/listen";
}
