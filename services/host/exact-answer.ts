import type { ServerResponse } from "node:http";
import { markBytes, unmarkNumbers } from "./json";

/**
 * Has an answer say its numbers as they came: what the SDK writes of messages that `parseJson` gave has texts in their place.
 * What it writes are whole messages, so that none of them is cut through.
 */
export function exactAnswer(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  // The length that its maker counted is that of other bytes.
  response.writeHead = (...given: unknown[]) => writeHead(...given.map(withoutLength));
  response.write = ((chunk: unknown, ...more: unknown[]) => write(exact(chunk), ...more)) as never;
  response.end = ((...given: unknown[]) => {
    const [chunk, ...more] = given;
    return end(...(given.length === 0 ? [] : [exact(chunk), ...more]));
  }) as never;
}

function withoutLength(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => name.toLowerCase() !== "content-length"),
  );
}

function exact(chunk: unknown): unknown {
  if (typeof chunk === "string") return unmarkNumbers(chunk);
  if (!(chunk instanceof Uint8Array)) return chunk;
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return bytes.includes(markBytes) ? Buffer.from(unmarkNumbers(bytes.toString())) : chunk;
}
