import type { ServerResponse } from "node:http";
import { responseHeaders } from "../protocol/headers";
import type { Replica } from "../upstream/replica";
import { send, type WireError, type WireHandler, type WireRequest, type WireStart } from "../upstream/wire";

/** How a relayed response is treated. */
export interface RelayOptions {
  request: WireRequest;
  response: ServerResponse;
  /** Headers besides the server's own. */
  headers?: Record<string, string>;
  /** The server's headers that go to the client; without it those that `responseHeaders` lets through. */
  pick?: typeof responseHeaders;
  /** Looks at the status first; `false` keeps the response from the client. */
  accept?: (start: WireStart) => boolean;
}

/** How a relay ended. */
export type Relayed = { kind: "done" } | { kind: "kept" } | { kind: "failed"; error: WireError };

/**
 * Sends a request to a replica and passes its response on, byte by byte as it comes, no faster than the client reads.
 * A server that breaks off in the middle breaks the client's connection off too, so that nobody takes a part for the whole.
 */
export function relay(replica: Replica, options: RelayOptions): Promise<Relayed> {
  return new Promise((resolve) => send(replica, options.request, new RelayHandler(options, resolve)));
}

type Controller = Parameters<WireHandler["start"]>[1];

class RelayHandler implements WireHandler {
  private begun = false;
  private keeps = false;

  constructor(
    private readonly options: RelayOptions,
    private readonly done: (relayed: Relayed) => void,
  ) {}

  start(start: WireStart, controller: Controller): void {
    const { response, headers, accept, pick = responseHeaders } = this.options;
    if (accept && !accept(start)) {
      this.keeps = true;
      return;
    }
    if (response.destroyed) return controller.abort(new Error("the client has gone"));
    this.begun = true;
    response.writeHead(start.status, { ...pick(start.headers), ...headers });
    const length = start.headers["content-length"];
    // A stream's beginning must not wait for its first event.
    if (length === undefined) response.flushHeaders();
    response.on("drain", () => controller.resume());
  }

  data(chunk: Buffer, controller: Controller): void {
    if (this.keeps) return;
    if (!this.options.response.write(chunk)) controller.pause();
  }

  end(): void {
    if (!this.keeps) this.options.response.end();
    this.done({ kind: this.keeps ? "kept" : "done" });
  }

  fail(error: WireError): void {
    if (!this.begun) return this.done({ kind: "failed", error });
    this.options.response.destroy();
    this.done({ kind: "done" });
  }
}
