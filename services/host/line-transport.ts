import type { Readable, Writable } from "node:stream";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { parseJson, toJson } from "./json";

/** No message is longer, in bytes; the SDK's own transports have the same bound. */
const mostBytes = 10 * 1024 * 1024;

/**
 * MCP on two streams, a message a line, with its numbers as they are: the SDK's own transports would round them. A number that
 * JavaScript would change is a text in the messages, as `parseJson` gives it.
 */
export class LineTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  /** The input is at its end, and nothing more is asked. Without it that closes the transport. */
  onended?: () => void;
  private parts: Buffer[] = [];
  private bytes = 0;
  private closed = false;
  private readonly read = (chunk: Buffer): void => this.take(chunk);
  private readonly gone = (): void => void (this.onended ? this.onended() : this.close());
  private readonly failed = (error: Error): void => {
    if (this.closed) return;
    this.onerror?.(error);
    void this.close();
  };

  constructor(
    private readonly input: Readable,
    private readonly output: Writable,
  ) {}

  async start(): Promise<void> {
    const { input, output } = this;
    input.on("data", this.read).on("error", this.failed).on("end", this.gone).on("close", this.gone);
    // It stays when this is closed: what was written last may fail later, and that must not end the process.
    output.on("error", this.failed);
    if (input.readableEnded || input.destroyed) setImmediate(this.gone);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.closed) throw new Error("The client has gone");
    await new Promise<void>((resolve, reject) => {
      this.output.write(`${toJson(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { input, read, failed, gone } = this;
    input.off("data", read).off("error", failed).off("end", gone).off("close", gone);
    if (input.listenerCount("data") === 0) input.pause();
    this.parts = [];
    this.onclose?.();
  }

  private take(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(10); end >= 0 && !this.closed; end = chunk.indexOf(10, begin)) {
      this.parts.push(chunk.subarray(begin, end));
      begin = end + 1;
      const line = Buffer.concat(this.parts).toString();
      this.parts = [];
      this.bytes = 0;
      this.message(line);
    }
    if (this.closed || begin === chunk.length) return;
    this.parts.push(chunk.subarray(begin));
    this.bytes += chunk.length - begin;
    // The rest of a line that is too long can't be told from the next one.
    if (this.bytes > mostBytes) this.failed(new Error(`A message is longer than ${mostBytes} bytes`));
  }

  private message(line: string): void {
    if (line.trim() === "") return;
    let message: unknown;
    try {
      message = parseJson(line);
    } catch {
      // What programs print besides, the SDK passes over as well.
      return;
    }
    if (isMessage(message)) this.onmessage?.(message);
    else this.onerror?.(new Error(`This is no JSON-RPC message: ${line.slice(0, 200)}`));
  }
}

/** Whether this is a request, a notification or a response, as far as a transport needs to know. */
function isMessage(value: unknown): value is JSONRPCMessage {
  if (typeof value !== "object" || value === null) return false;
  const { jsonrpc, method, id, result, error } = value as Record<string, unknown>;
  if (jsonrpc !== "2.0") return false;
  const hasId = typeof id === "string" || typeof id === "number";
  if (typeof method === "string") return id === undefined || hasId;
  const outcome = result ?? error;
  return typeof outcome === "object" && outcome !== null && (hasId || error !== undefined);
}
