import type { Span } from "@opentelemetry/api";
import type { Dispatcher } from "undici";
import { type Found, isEventStream, messageReader, type MessageReader } from "../protocol/sse";
import type { Tally } from "./groups";
import type { Replica } from "./replica";
import { traced } from "./traced";

/** One HTTP request to a server. */
export interface WireRequest {
  method: "POST" | "GET" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
  /** It only asks how the replica is, and does not count as a request to it. */
  probes?: boolean;
  /** The span of the client's request that it is made for, where that is traced. */
  span?: Span;
}

/** The beginning of the response to it. */
export interface WireStart {
  status: number;
  headers: Record<string, string | string[] | undefined>;
}

type Controller = Dispatcher.DispatchController;

/** These say that a replica, or what is behind it, is not able to serve. */
const sick = new Set([502, 503, 504]);

/** The server could not be reached, or broke off. */
export class WireError extends Error {
  /** @param arrived whether the server may have begun to work on the request. */
  constructor(
    message: string,
    readonly arrived: boolean,
  ) {
    super(message);
    this.name = "WireError";
  }
}

/** Sends a request to a replica, and hands what comes back to a handler as it comes. */
export function send(replica: Replica, wanted: WireRequest, wantedHandler: WireHandler): Sent {
  const [request, handler] = wanted.span ? traced(replica, wanted, wantedHandler) : [wanted, wantedHandler];
  const { method, path, headers, body, signal, probes } = request;
  const sent = new Sending(replica, handler, probes ? undefined : replica.tally, signal);
  if (signal?.aborted) sent.abort(signal.reason as Error);
  else {
    const options = { method, path, headers: { ...headers, host: replica.host }, body: body ?? null };
    replica.dispatcher.dispatch(options, sent);
  }
  return sent;
}

/** A request that is under way. */
export interface Sent {
  /** Gives it up; the handler hears of it as of a failure. */
  abort(reason: Error): void;
}

/** What is told of a response: the start once, then its data, then one of the two ends. */
export interface WireHandler {
  start(response: WireStart, controller: Controller): void;
  data(chunk: Buffer, controller: Controller): void;
  end(): void;
  fail(error: WireError): void;
}

/** Counts a request as outstanding until it is at its end, or is given up. */
class Sending implements Dispatcher.DispatchHandler, Sent {
  private started = false;
  private open = true;
  private given?: Error;
  private controller?: Controller;
  private readonly onAbort?: () => void;

  constructor(
    private readonly replica: Replica,
    private readonly handler: WireHandler,
    private readonly tally: Tally | undefined,
    private readonly signal?: AbortSignal,
  ) {
    replica.outstanding += 1;
    replica.health.attempt();
    if (!signal) return;
    this.onAbort = () => this.abort(signal.reason as Error);
    signal.addEventListener("abort", this.onAbort, { once: true });
  }

  abort(reason: Error): void {
    if (!this.open) return;
    this.given = reason;
    if (this.controller) this.controller.abort(reason);
    // It waits for a connection still; when it gets one, it gives that back at once.
    else this.onResponseError(undefined, reason);
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    this.started = true;
    if (this.given) controller.abort(this.given);
  }

  onResponseStart(controller: Controller, status: number, headers: WireStart["headers"]): void {
    // An interim response, such as 103, is followed by the real one.
    if (status < 200) return;
    if (headers.connection === "close") this.replica.leaves();
    if (sick.has(status)) this.failed();
    else {
      this.replica.health.succeeded();
      if (this.tally) this.tally.answered += 1;
    }
    this.handler.start({ status, headers }, controller);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.handler.data(chunk, controller);
  }

  onResponseEnd(): void {
    if (this.finish()) this.handler.end();
  }

  onResponseError(_: Controller | undefined, error: Error): void {
    if (!this.finish()) return;
    // What was given up from this side says nothing about the replica.
    if (this.given) this.replica.health.abandoned();
    else this.failed();
    this.handler.fail(new WireError(describe(error), this.started));
  }

  private failed(): void {
    this.replica.health.failed();
    if (this.tally) this.tally.failed += 1;
  }

  private finish(): boolean {
    const { open } = this;
    if (!open) return false;
    this.open = false;
    this.replica.outstanding -= 1;
    if (this.onAbort) this.signal?.removeEventListener("abort", this.onAbort);
    return true;
  }
}

/** What came back, where it was read message by message. */
export interface Exchanged extends WireStart {
  /** The content was a stream of events. */
  stream: boolean;
}

/**
 * Sends a request and reads the messages that come back.
 * @param found gets each message as it comes. What it throws ends the exchange.
 * @param mostBytes the longest message that is read.
 * @param onStart is told of the status before the first message.
 * @returns when the response is at its end.
 * @throws WireError where there is none, or it breaks off.
 */
export function exchange(
  replica: Replica,
  request: WireRequest,
  found: Found,
  mostBytes: number,
  onStart?: (start: WireStart) => void,
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    let reader: MessageReader | undefined;
    let result: Exchanged | undefined;
    const guarded = (step: () => void, controller?: Controller) => {
      try {
        step();
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        reject(reason);
        controller?.abort(reason);
      }
    };
    send(replica, request, {
      start: (start, controller) =>
        guarded(() => {
          const type = header(start, "content-type");
          result = { ...start, stream: isEventStream(type) };
          reader = messageReader(type, found, mostBytes);
          onStart?.(start);
        }, controller),
      data: (chunk, controller) => guarded(() => reader?.push(chunk), controller),
      end: () =>
        guarded(() => {
          reader?.end();
          if (result) resolve(result);
        }),
      fail: reject,
    });
  });
}

/** The one value of a header; the first, where a server gives several. */
export function header({ headers }: WireStart, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function describe(error: unknown): string {
  const { message, code } = (error ?? {}) as NodeJS.ErrnoException;
  return message || code || String(error);
}
