/** The parameter that `Mcp-Name` repeats, for the methods that have one. */
export const namedBy: Readonly<Record<string, "name" | "uri">> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

const sentinel = /^=\?base64\?(.*)\?=$/s;

/** A text as a header's value: as it is where that is safe, else in Base64 between the marks that the protocol names. */
export function encodeHeader(text: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/.test(text) && !sentinel.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

/** The text that a header's value stands for. */
export function decodeHeader(value: string): string {
  const encoded = sentinel.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString();
}

/** Headers that belong to one connection or to its length, and are never passed on (RFC 9110, 7.6.1). */
const ofConnection = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Headers of a client that a server gets. Credentials, cookies and addresses are the gateway's and stay with it. */
const passedOn = new Set([
  "accept",
  "accept-language",
  "baggage",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "traceparent",
  "tracestate",
  "user-agent",
]);

type Headers = Record<string, string | string[] | undefined>;

/** The headers of a message that are not of one connection alone. */
export function endToEnd(from: Headers): Record<string, string | string[]> {
  const to: Record<string, string | string[]> = {};
  for (const name in from) {
    const value = from[name];
    if (value !== undefined && !ofConnection.has(name) && !name.startsWith(":")) to[name] = value;
  }
  return to;
}

/** The headers of a client's request that go to the server, the parameters that the server asked for among them. */
export function requestHeaders(from: Headers): Record<string, string> {
  const to: Record<string, string> = {};
  for (const name in from) {
    const value = from[name];
    if (typeof value === "string" && (passedOn.has(name) || name.startsWith("mcp-param-"))) to[name] = value;
  }
  return to;
}

/** The headers of a server's response that go to the client. */
export function responseHeaders(from: Headers): Record<string, string | string[]> {
  const to: Record<string, string | string[]> = {};
  for (const name in from) {
    const value = from[name];
    // Cookies and challenges are a matter between the gateway and the server.
    if (value === undefined || ofConnection.has(name)) continue;
    if (name === "set-cookie" || name === "www-authenticate" || name === "mcp-session-id") continue;
    to[name] = value;
  }
  return to;
}
