import type { ServerResponse } from "node:http";
import { responseHeaders } from "../protocol/headers";
import type { Cancellation } from "../upstream/cancellation";
import type { Replica } from "../upstream/replica";
import type { Flow } from "../upstream/paced";
import { send, type WireError, type WireHandler, type WireRequest, type WireStart } from "../upstream/wire";
import { GivenUp } from "../upstream/given-up";

/** How a relayed response is treated. */
export interface RelayOptions {
  request: WireRequest;
  response: ServerResponse;
  /** Gives the request up, where its signal does not. */
  cancellation?: Cancellation;
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
  return new Promise((resolve) => {
    const sent = send(replica, options.request, new RelayHandler(options, resolve));
    options.cancellation?.ends((reason) => sent.abort(reason));
  });
}

class RelayHandler implements WireHandler {
  private begun = false;
  private keeps = false;
  /** Of a body whose length is known, what is still to come. */
  private rest = NaN;

  constructor(
    private readonly options: RelayOptions,
    private readonly done: (relayed: Relayed) => void,
  ) {}

  start(start: WireStart, flow: Flow): void {
    const { response, headers, accept, pick = responseHeaders } = this.options;
    if (accept && !accept(start)) {
      this.keeps = true;
      return;
    }
    if (response.destroyed) return flow.abort(new GivenUp("the client has gone"));
    this.begun = true;
    const own = pick(start.headers);
    if (headers) Object.assign(own, headers);
    const length = start.headers["content-length"];
    this.rest = Number(length);
    if (typeof length === "string") own["content-length"] = length;
    response.writeHead(start.status, own);
    // A stream's beginning must not wait for its first event.
    if (length === undefined) response.flushHeaders();
  }

  data(chunk: Buffer, flow: Flow): void {
    if (this.keeps) return;
    const { response } = this.options;
    this.rest -= chunk.length;
    // The last of a body goes out with its end, and a short one with its headers.
    if (this.rest === 0) response.end(chunk);
    else if (!response.write(chunk)) {
      flow.pause();
      response.once("drain", () => flow.resume());
    }
  }

  end(): void {
    const { response } = this.options;
    if (!this.keeps && !response.writableEnded) response.end();
    this.done({ kind: this.keeps ? "kept" : "done" });
  }

  fail(error: WireError): void {
    if (!this.begun) return this.done({ kind: "failed", error });
    this.options.response.destroy();
    this.done({ kind: "done" });
  }
}
