import type { Span } from "@opentelemetry/api";
import type { Dispatcher } from "undici";
import { type Found, isEventStream, messageReader, type MessageReader } from "../protocol/sse";
import type { Tally } from "./groups";
import { type Flow, Paced } from "./paced";
import type { Replica } from "./replica";
import { traced } from "./traced";

/** One HTTP request to a server. */
export interface WireRequest {
  method: "POST" | "GET" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
  /** Whether it may be made again where nobody knows how far it came; without it, it may not. */
  repeatable?: () => boolean | Promise<boolean>;
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
  const { method, path, headers, body, signal } = request;
  const sent = new Sending(replica, handler, request);
  if (signal?.aborted) sent.abort(signal.reason as Error);
  else {
    const options = { method, path, headers: { ...headers, host: replica.host }, body: body ?? null };
    // The answer waits for the time that the request takes.
    if (body !== undefined) replica.bandwidth?.take(Buffer.byteLength(body));
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
  start(response: WireStart, flow: Flow): void;
  data(chunk: Buffer, flow: Flow): void;
  end(): void;
  fail(error: WireError): void;
}

/** Counts a request as outstanding until it is at its end, or is given up. */
class Sending implements Dispatcher.DispatchHandler, Sent {
  private started = false;
  private answered = false;
  private open = true;
  private given?: Error;
  private controller?: Controller;
  /** The response, where its bytes are counted. */
  private paced?: Paced;
  private readonly onAbort?: () => void;
  private readonly tally: Tally | undefined;
  private readonly signal: AbortSignal | undefined;

  constructor(
    private readonly replica: Replica,
    private readonly handler: WireHandler,
    private readonly request: WireRequest,
  ) {
    const { signal, probes } = request;
    this.signal = signal;
    this.tally = probes ? undefined : replica.tally;
    replica.running.add(this);
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

  /**
   * Its replica answers nobody any more: where it may be made again, it counts as broken off; else it goes on waiting, as
   * the answer may come yet.
   */
  async stuck(): Promise<void> {
    if (this.answered || !(await this.request.repeatable?.()) || !this.open || this.answered) return;
    const reason = new Error("it does not answer any more");
    if (this.controller) this.controller.abort(reason);
    else this.onResponseError(undefined, reason);
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    this.started = true;
    if (!this.open) controller.abort(this.given ?? new Error("it was given up"));
  }

  onResponseStart(controller: Controller, status: number, headers: WireStart["headers"]): void {
    // An interim response, such as 103, is followed by the real one.
    if (status < 200) return;
    this.answered = true;
    if (headers.connection === "close") this.replica.leaves();
    // One that says when to come again is only busy.
    if (sick.has(status) && headers["retry-after"] === undefined) this.failed();
    else {
      this.replica.health.succeeded();
      this.replica.tally.answeredAt = performance.now();
      if (this.tally) this.tally.answered += 1;
    }
    const { bandwidth } = this.replica;
    if (bandwidth) this.paced = new Paced(controller, bandwidth);
    this.handler.start({ status, headers }, this.paced ?? controller);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    // Before it is handed on, as that may be the end of the answer for its reader.
    this.paced?.came(chunk.length);
    this.handler.data(chunk, this.paced ?? controller);
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
    this.paced?.end();
    this.replica.running.delete(this);
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
    const guarded = (step: () => void, flow?: Flow) => {
      try {
        step();
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        reject(reason);
        flow?.abort(reason);
      }
    };
    send(replica, request, {
      start: (start, flow) =>
        guarded(() => {
          const type = header(start, "content-type");
          result = { ...start, stream: isEventStream(type) };
          reader = messageReader(type, found, mostBytes);
          onStart?.(start);
        }, flow),
      data: (chunk, flow) => guarded(() => reader?.push(chunk), flow),
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
