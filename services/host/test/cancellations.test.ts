import { once } from "node:events";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { connected, type Era } from "./program";
import { type Served, served } from "./serving";
import { cancel } from "./support";

/** Calls of `wait` that began and were not cancelled, by what each was called. */
const waiting = new Map<string, AbortSignal>();
let begun = () => {};

function createServer(): McpServer {
  const server = new McpServer({ name: "fixture", version: "1.0.0" });
  server.registerTool(
    "wait",
    { inputSchema: z.object({ called: z.string() }) },
    async ({ called }, { mcpReq: { signal } }) => {
      waiting.set(called, signal);
      begun();
      if (!signal.aborted) await once(signal, "abort");
      waiting.delete(called);
      return { content: [] };
    },
  );
  server.registerTool("echo", {}, () => ({ content: [{ type: "text", text: "here" }] }));
  return server;
}

const service = { createServer, cancellable: true as const, checks: {}, close: async () => undefined };

let server: Served;
beforeEach(async () => {
  server = await served(service);
});
afterEach(async () => {
  await server.close();
  waiting.clear();
});

/** Begins a call that waits; what it resolves to cancels it. */
async function begin(client: Client, called: string): Promise<AbortController> {
  const began = new Promise<void>((resolve) => (begun = resolve));
  const cancel = new AbortController();
  client.callTool({ name: "wait", arguments: { called } }, { signal: cancel.signal }).catch(() => undefined);
  await began;
  return cancel;
}

async function cancelled(called: string, how: () => unknown): Promise<void> {
  const signal = waiting.get(called);
  const aborted = signal && once(signal, "abort");
  await how();
  await aborted;
}

test.each<Era>(["legacy", "modern"])(
  "a client of the %s era cancels its own call, and goes on",
  async (era) => {
    const [one, other] = [await server.client(era), await server.client(era)];
    // Both calls have the same number.
    const first = await begin(one, "first");
    await begin(other, "second");
    await cancelled("first", () => first.abort("enough"));
    expect([...waiting.keys()]).toEqual(["second"]);
    expect(await one.callTool({ name: "echo" })).toMatchObject({ content: [{ text: "here" }] });
    const third = await begin(one, "third");
    await cancelled("third", () => third.abort("enough"));
    expect([...waiting.keys()]).toEqual(["second"]);
  },
);

test.each<Era>(["legacy", "modern"])("the calls of a client of the %s era end when it goes", async (era) => {
  const client = await server.client(era);
  await begin(client, "only");
  await cancelled("only", () => client.close());
});

test("a client's name is known to a server that has never seen it", async () => {
  const transport = new StreamableHTTPClientTransport(server.url);
  const client = await connected("legacy", transport);
  const restarted = await served(service);
  const again = new StreamableHTTPClientTransport(restarted.url, { sessionId: transport.sessionId });
  await again.start();
  const answered = new Promise((resolve) => (again.onmessage = resolve));
  await again.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "echo" } });
  expect(await answered).toMatchObject({ id: 7, result: { content: [{ text: "here" }] } });
  await Promise.all([again.close(), client.close()]);
  await restarted.close();
});

test("nobody cancels another's call, and no number is taken for another", async () => {
  const transport = new StreamableHTTPClientTransport(server.url);
  const client = await connected("legacy", transport);
  await begin(client, "mine");
  const own = transport.sessionId;
  for (const id of [0, 1, 2, 3]) {
    expect(await cancel(server.url, id)).toBe(202);
    expect(await cancel(server.url, id, "somebody else")).toBe(202);
    expect(await cancel(server.url, String(id), own)).toBe(202);
  }
  expect([...waiting.keys()]).toEqual(["mine"]);
  await client.close();
});

test("what is no message is refused as it is without cancellations", async () => {
  const plain = await served({ ...service, cancellable: undefined });
  const refused = (url: URL, body: string, type = "application/json") =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": type, accept: "application/json, text/event-stream" },
      body,
    }).then(async (response) => [response.status, await response.json()]);
  for (const body of ["{", "", "[]", "7", '"text"', '{"jsonrpc":"2.0"}'])
    expect(await refused(server.url, body)).toEqual(await refused(plain.url, body));
  expect(await refused(server.url, "{}", "text/plain")).toEqual(await refused(plain.url, "{}", "text/plain"));
  await plain.close();
});
