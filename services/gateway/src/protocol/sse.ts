import { createParser } from "eventsource-parser";

/** Reads the messages out of a body, whether it is one JSON text or a stream of events. */
export interface MessageReader {
  push(chunk: Buffer): void;
  /** The body is at its end. */
  end(): void;
}

/** What a reader finds. */
export interface Found {
  /** One message, as JSON text, with its event's id where there was one. */
  message(text: string, eventId?: string): void;
}

/** The body has a message that is longer than what is read whole. */
export class MessageTooLong extends Error {
  constructor(bytes: number) {
    super(`a message is longer than ${bytes} bytes`);
    this.name = "MessageTooLong";
  }
}

/** A reader for a body of this content type. */
export function messageReader(
  contentType: string | undefined,
  found: Found,
  mostBytes: number,
): MessageReader {
  return isEventStream(contentType) ? eventReader(found, mostBytes) : textReader(found, mostBytes);
}

export function isEventStream(contentType: string | undefined): boolean {
  return contentType?.startsWith("text/event-stream") ?? false;
}

/** A message as an event. */
export function eventOf(text: string, eventId?: string): string {
  // JSON has no bare line end within it, unless a server writes it over several lines.
  const data = text.includes("\n") ? text.split(/\r?\n/).join("\ndata: ") : text;
  return `${eventId === undefined ? "" : `id: ${eventId}\n`}event: message\ndata: ${data}\n\n`;
}

/** A sign of life, which clients skip. */
export const keepAliveComment = ": keep-alive\n\n";

function eventReader(found: Found, mostBytes: number): MessageReader {
  const decoder = new TextDecoder();
  let sinceEvent = 0;
  const parser = createParser({
    onEvent: ({ data, id, event }) => {
      sinceEvent = 0;
      if (data !== "" && (event === undefined || event === "message")) found.message(data, id);
    },
  });
  return {
    push(chunk) {
      sinceEvent += chunk.length;
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (sinceEvent > mostBytes) throw new MessageTooLong(mostBytes);
    },
    end: () => undefined,
  };
}

function textReader(found: Found, mostBytes: number): MessageReader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new MessageTooLong(mostBytes);
      chunks.push(chunk);
    },
    end() {
      const text = Buffer.concat(chunks).toString().trim();
      // A page that says in words what is wrong is no message; the status says it as well.
      if (text.startsWith("{") && text.endsWith("}")) found.message(text);
    },
  };
}
