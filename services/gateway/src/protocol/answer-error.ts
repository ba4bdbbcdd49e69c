import type { SpanError } from "../../../host/mcp-spans";
import { isObject } from "./jsonrpc";

/** Of a longer answer nothing is known but its status. */
const mostBytes = 64 * 1024;

/** Looks at an answer that passes by, for what its span has to say of it. */
export class AnswerReader {
  private chunks: Buffer[] = [];
  private bytes = 0;

  push(chunk: string | Uint8Array): void {
    this.bytes += chunk.length;
    if (this.bytes <= mostBytes) this.chunks.push(Buffer.from(chunk as Uint8Array));
    else this.chunks = [];
  }

  /** What the answer says went wrong: a JSON-RPC error, a tool's own, or the status alone. */
  error(status: number): SpanError | undefined {
    const text = Buffer.concat(this.chunks).toString().trim();
    const last = text.startsWith("{") ? text : lastEvent(text);
    return errorIn(last) ?? (status >= 400 ? { type: `http_${status}` } : undefined);
  }
}

/** The data of a stream's last event, which its response is. */
function lastEvent(text: string): string {
  return text.slice(text.lastIndexOf("\ndata:") + 1).replace(/^data: ?/, "");
}

function errorIn(text: string): SpanError | undefined {
  if (!text.includes('"error"') && !text.includes('"isError"')) return undefined;
  try {
    const { error, result } = JSON.parse(text) as { error?: unknown; result?: unknown };
    if (isObject(error)) return { type: Number(error.code), message: String(error.message) };
    return isObject(result) && result.isError === true ? { type: "tool_error" } : undefined;
  } catch {
    return undefined;
  }
}
