import { onceClosed } from "../../../host/closed";
import type { ServerResponse } from "node:http";
import type { Settings } from "../config/schema";
import { eventOf, keepAliveComment } from "../protocol/sse";

/** Where the messages of one request's answer go. */
export interface Answer {
  /** A message before the last one: from then on the answer is a stream of events. */
  message(text: string): void;
  /** The last message. */
  end(text: string, status?: number): void;
  /** Ends without a last message. */
  close(): void;
  /** Leaves the answer to somebody else. */
  release(): void;
}

/**
 * The answer to one HTTP request: a JSON body where there is one message, a stream of events where there are more, or
 * where it takes so long that whoever is in between would give up.
 */
export class HttpAnswer implements Answer {
  /** Headers of the answer, until it has begun. */
  readonly headers: Record<string, string> = {};
  private keepAlive?: NodeJS.Timeout;
  private streaming = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly settings: Pick<Settings, "keepAliveMs" | "backlogBytes">,
  ) {
    this.keepAlive = setInterval(() => this.signOfLife(), settings.keepAliveMs);
    onceClosed(response, () => clearInterval(this.keepAlive));
  }

  message(text: string): void {
    this.stream();
    this.write(eventOf(text));
  }

  /** Begins a stream, though there is no message yet. */
  stream(): void {
    if (this.streaming || this.response.headersSent) return;
    this.streaming = true;
    // Set, and not only written, it tells whoever ends the stream what it is.
    this.response.setHeader("content-type", "text/event-stream");
    this.response.writeHead(200, {
      ...this.headers,
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    this.response.flushHeaders();
  }

  end(text: string, status = 200): void {
    clearInterval(this.keepAlive);
    if (this.response.destroyed || this.response.writableEnded) return;
    if (this.streaming) {
      this.response.end(eventOf(text));
      return;
    }
    const length = Buffer.byteLength(text);
    this.response.writeHead(status, {
      ...this.headers,
      "content-type": "application/json",
      "content-length": length,
    });
    this.response.end(text);
  }

  close(): void {
    clearInterval(this.keepAlive);
    if (this.response.destroyed || this.response.writableEnded) return;
    if (!this.streaming) this.response.writeHead(202, this.headers);
    this.response.end();
  }

  release(): void {
    clearInterval(this.keepAlive);
  }

  private signOfLife(): void {
    this.stream();
    this.write(keepAliveComment);
  }

  /** What servers say can't be held back where several share the stream: a client that does not read it is let go. */
  private write(text: string): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > this.settings.backlogBytes) response.destroy();
    else response.write(text);
  }
}
