import { createHash } from "node:crypto";
import {
  Client,
  type ClientCapabilities,
  type ClientOptions,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { createLogger } from "../../host/log";
import { checkSettings } from "../src/config/load";
import { type Gateway, startGateway } from "../src/server";
import type { Lookup } from "../src/upstream/addresses";

/** A key as a configuration holds it. */
export function hashed(key: string): string {
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** What a test's gateway says, so that a failed test shows it. */
const log = createLogger("error", (line) => process.stderr.write(line));

/** A gateway on a free port of the loopback, in front of these servers. */
export async function gatewayFor(
  servers: Record<string, string | Record<string, unknown>>,
  settings: Record<string, unknown> = {},
  lookup?: Lookup,
): Promise<Gateway & { url: (path?: string) => string }> {
  const entries = Object.entries(servers).map(([name, server]) => [
    name,
    typeof server === "string" ? { url: server } : server,
  ]);
  const gateway = await startGateway(
    checkSettings({
      host: "127.0.0.1",
      port: 0,
      drainSeconds: 1,
      servers: Object.fromEntries(entries) as unknown,
      ...settings,
    }),
    log,
    lookup,
  );
  return { ...gateway, url: (path = "/mcp") => `http://127.0.0.1:${gateway.port}${path}` };
}

/** How a client answers what it is asked. */
export interface Person {
  name?: string;
  says?: string;
}

/** A client of the official SDK that can be asked for a name and for a text. */
export function answering(
  options: ClientOptions,
  { name = "Ada", says = "hello" }: Person = {},
  as = "test",
): Client {
  const client = new Client({ name: as, version: "1.0.0" }, options);
  client.setRequestHandler("elicitation/create", async () => ({ action: "accept", content: { name } }));
  client.setRequestHandler("sampling/createMessage", async () => ({
    role: "assistant",
    model: "test",
    content: { type: "text", text: says },
  }));
  return client;
}

/** A client that can be asked, connected. It makes its requests `by` this function. */
export async function connect(
  url: string,
  era: "modern" | "legacy",
  person: Person = {},
  headers: Record<string, string> = {},
  by: typeof fetch = fetch,
  as?: string,
): Promise<Client> {
  const capabilities: ClientCapabilities = { elicitation: { form: {} }, sampling: {} };
  const mode = era === "modern" ? { pin: "2026-07-28" } : "legacy";
  const client = answering({ capabilities, versionNegotiation: { mode } }, person, as);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers }, fetch: by }),
  );
  return client;
}

/**
 * A client for the tests of one block: connected before them, closed after.
 * @param part the server whose tools are called, where the client sees it as a part of all.
 */
export function connectedFor(connecting: () => Promise<Client>, part?: string) {
  let client: Client | undefined;
  beforeAll(async () => {
    client = await connecting();
  });
  afterAll(() => client?.close());
  /** The name that a tool of the server's has for the client. */
  const tool = (own: string) => (part === undefined ? own : `${part}__${own}`);
  return {
    get client() {
      return client!;
    },
    tool,
    /** Calls a tool by the server's own name, and gives the first text of its result. */
    call: async (own: string, args: Record<string, unknown> = {}) =>
      textOf(await client!.callTool({ name: tool(own), arguments: args })),
  };
}

/** What is asked, and what is said of it besides. */
interface ModernRequest {
  method: string;
  /** Beside what every client's have. */
  params?: { name?: string; uri?: string } & Record<string, unknown>;
  id?: number | string;
  headers?: Record<string, string>;
}

/** A request of a modern client that can do nothing besides, as `fetch` sends it. */
export function modernRequest({ method, params = {}, id = 1, headers }: ModernRequest) {
  const named = params.name ?? params.uri;
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(named === undefined ? {} : { "mcp-name": named }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta } }),
  };
}

/** The first text of a tool's result. */
export function textOf(result: unknown): string {
  const [first] = (result as { content: { text?: string }[] }).content;
  return first?.text ?? "";
}

/** Resolves as soon as a check holds; gives up after so many tries that only what never comes can take as long. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries += 1) {
    if (tries === 1200) throw new Error("It never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
