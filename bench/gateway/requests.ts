import { Pool } from "undici";

/** The protocol's eras, as the gateway's documentation has them. */
export type Era = "modern" | "legacy";

/** Where one of those who are compared is called. */
export interface Endpoint {
  url: string;
  /** The name that the fixture's tool has here. */
  tool: string;
  /** Headers of each of the clients that take turns: their keys, where they have some. */
  clients: readonly Record<string, string>[];
}

/** One HTTP request, all of it. */
export interface Request {
  url: string;
  headers: Record<string, string>;
  body: string;
}

const versions: Record<Era, string> = { modern: "2026-07-28", legacy: "2025-11-25" };

/** So many requests differ where nothing else is said; then they begin anew. */
const different = 512;

/** Calls of the fixture's tool, each with a payload of its own; those of the legacy era in sessions that are opened for them. */
export async function calls(endpoint: Endpoint, era: Era, count = different): Promise<Request[]> {
  const clients = await Promise.all(endpoint.clients.map((headers) => ready(endpoint, era, headers)));
  return Array.from({ length: count }, (_, index) => {
    const value = payload(index);
    return {
      url: endpoint.url,
      headers: clients[index % clients.length]!,
      body: message(index, era, "tools/call", { name: endpoint.tool, arguments: { value } }),
    };
  });
}

/** A text that no other call has. */
function payload(index: number): string {
  return `payload ${index} ${(index * 2_654_435_761).toString(36).padEnd(64, "x")}`;
}

/**
 * Makes calls side by side, and looks whether each got its own payload back and nobody else's.
 * @throws Error for the first that did not.
 */
export async function checkAnswers(requests: readonly Request[], concurrent: number): Promise<void> {
  const left = requests.entries();
  const worker = async () => {
    for (const [index, request] of left) {
      const { status, text } = await post(request);
      if (status !== 200 || !text.includes(JSON.stringify(payload(index)))) {
        throw new Error(`${request.url} answered call ${index} with status ${status}: ${text.slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
}

/**
 * Opens a session of the legacy era, makes calls in it and closes it, or leaves it.
 * @throws Error where something of that is not answered as it should be.
 */
export async function inSession(
  endpoint: Endpoint,
  { calls: count, closes }: { calls: number; closes: boolean },
): Promise<void> {
  const [own] = endpoint.clients;
  const requests = await calls({ ...endpoint, clients: [own ?? {}] }, "legacy", count);
  await checkAnswers(requests, 1);
  const [request] = requests;
  if (!closes || !request) return;
  const { status } = await send("DELETE", request);
  if (status !== 200) throw new Error(`${request.url} closed no session, but answered with status ${status}`);
}

/** The headers of a client's calls, once it has a session where the era has them. */
async function ready(
  { url, tool }: Endpoint,
  era: Era,
  own: Record<string, string>,
): Promise<Record<string, string>> {
  const headers = {
    ...own,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": versions[era],
  };
  if (era === "modern") return { ...headers, "mcp-method": "tools/call", "mcp-name": tool };
  const params = {
    protocolVersion: versions.legacy,
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  };
  const opened = await post({ url, headers, body: message(0, era, "initialize", params) });
  if (opened.status !== 200)
    throw new Error(`${url} opened no session: ${opened.status} ${opened.text.slice(0, 300)}`);
  const inSession = opened.session ? { ...headers, "mcp-session-id": opened.session } : headers;
  await post({ url, headers: inSession, body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' });
  return inSession;
}

function message(id: number, era: Era, method: string, params: Record<string, unknown>): string {
  const prefix = "io.modelcontextprotocol/";
  const meta = {
    [`${prefix}protocolVersion`]: versions.modern,
    [`${prefix}clientInfo`]: { name: "bench", version: "1" },
    [`${prefix}clientCapabilities`]: {},
  };
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    method,
    params: era === "modern" ? { _meta: meta, ...params } : params,
  });
}

const pools = new Map<string, Pool>();

/** Posts one request, on connections that are kept. */
export function post(request: Request) {
  return send("POST", request);
}

async function send(method: "POST" | "DELETE", { url, headers, body }: Request) {
  const { origin, pathname } = new URL(url);
  const pool = pools.get(origin) ?? new Pool(origin);
  pools.set(origin, pool);
  const response = await pool.request({
    method,
    path: pathname,
    headers,
    ...(method === "POST" ? { body } : {}),
  });
  const session = response.headers["mcp-session-id"];
  return {
    status: response.statusCode,
    text: await response.body.text(),
    session: typeof session === "string" ? session : undefined,
  };
}
