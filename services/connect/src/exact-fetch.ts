import { markNumbers, unmarkNumbers } from "../../host/json";

/**
 * `fetch` whose JSON any parser may read: a number that JavaScript would change is a text in what it gives, and a number again in
 * what it sends.
 */
export function exactFetch(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const body = typeof init?.body === "string" ? unmarkNumbers(init.body) : init?.body;
    const response = await inner(input, { ...init, body });
    if (!response.body) return response;
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) return answer(response, byLine(response.body));
    return type.startsWith("application/json")
      ? answer(response, markNumbers(await response.text()))
      : response;
  };
}

function answer(
  { status, statusText, headers }: Response,
  body: string | ReadableStream<Uint8Array>,
): Response {
  const kept = new Headers(headers);
  // They tell of other bytes.
  kept.delete("content-length");
  kept.delete("content-encoding");
  return new Response(body, { status, statusText, headers: kept });
}

/** A stream of events has its JSON on lines, none of which ends within a text or a number. */
function byLine(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let rest = "";
  const lines = new TransformStream<string, string>({
    transform(chunk, out) {
      const end = chunk.lastIndexOf("\n") + 1;
      if (end === 0) return void (rest += chunk);
      out.enqueue((rest + chunk.slice(0, end)).split("\n").map(marked).join("\n"));
      rest = chunk.slice(end);
    },
    flush: (out) => out.enqueue(marked(rest)),
  });
  return body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(lines)
    .pipeThrough(new TextEncoderStream());
}

function marked(line: string): string {
  return line.startsWith("data:") ? `data:${markNumbers(line.slice(5))}` : line;
}
