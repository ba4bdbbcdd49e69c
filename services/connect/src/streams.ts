import {
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import type { Readable, Writable } from "node:stream";

/**
 * A client on two streams, a message a line. The SDK has this in its server package as well, but as a second copy of all
 * that the client package has: a third of the time that the program takes to start.
 */
export class StreamTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  private readonly buffer = new ReadBuffer();
  private closed = false;

  constructor(
    private readonly input: Readable,
    private readonly output: Writable,
  ) {}

  async start(): Promise<void> {
    const close = () => void this.close();
    this.input.on("data", (chunk: Buffer) => this.read(chunk)).on("error", close);
    this.input.on("end", close).on("close", close);
    this.output.on("error", close);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.closed) this.output.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.();
  }

  private read(chunk: Buffer): void {
    try {
      this.buffer.append(chunk);
    } catch (error) {
      // The rest of a line that is too long can't be told from the next one.
      this.onerror?.(error as Error);
      return void this.close();
    }
    while (!this.closed && this.readOne());
  }

  /** @returns whether a whole line was there. */
  private readOne(): boolean {
    try {
      const message = this.buffer.readMessage();
      if (message) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      this.onerror?.(error as Error); // a line that is no message
      return true;
    }
  }
}
