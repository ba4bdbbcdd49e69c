import { onceClosed } from "../../../host/closed";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { InForce } from "../config/configuration";
import { oneHeader } from "../http/request";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Ledger } from "./ledger";

/** Bounds the streams that each client holds open. */
export class StreamLimit {
  constructor(
    private readonly inForce: InForce,
    private readonly ledger: Ledger,
  ) {}

  /** Whether a request is counted. */
  counts(request: IncomingMessage): boolean {
    return this.inForce.settings.streams > 0 && lasts(request);
  }

  /**
   * Counts a request that lasts until its client ends it.
   * @throws RpcError with status 429 where the client has too many.
   */
  async enter(request: IncomingMessage, response: ServerResponse, principal: string): Promise<void> {
    const { streams } = this.inForce.settings;
    // Where nobody has to say who he is, the address tells clients apart.
    const key = principal === "anonymous" ? `${principal} ${request.socket.remoteAddress}` : principal;
    if (!(await this.ledger.enter(key, streams))) {
      const error = new RpcError(
        errorCode.tooManyRequests,
        `Too many streams: ${streams} may be open at the same time; close one`,
        429,
      );
      error.headers["retry-after"] = "1";
      throw error;
    }
    onceClosed(response, () => this.ledger.leave(key));
  }
}

/** Whether a request is for a stream, which lasts until its client ends it. */
export function lasts(request: IncomingMessage): boolean {
  return request.method === "GET" || oneHeader(request, "mcp-method") === "subscriptions/listen";
}
