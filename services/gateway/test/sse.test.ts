import { Client, SSEClientTransport } from "@modelcontextprotocol/client";
import { type Fixture, serveFixture } from "./fixture/serve";
import { cancelled, held, toolbox } from "./fixture/toolbox";
import { type GatewayProcess, gatewayReplicas, roundRobin } from "./processes";
import { answering, connectedFor, eventually, gatewayFor, textOf } from "./support";

let modern: Fixture;
let legacy: Fixture;
let gateways: GatewayProcess[];

beforeAll(async () => {
  modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  gateways = await gatewayReplicas(2, { new: { url: modern.url }, old: { url: legacy.url } });
});

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await Promise.all([modern.close(), legacy.close()]);
});

async function connected(url: string, by: typeof fetch = fetch): Promise<Client> {
  const client = answering({ capabilities: { elicitation: { form: {} }, sampling: {} } });
  await client.connect(new SSEClientTransport(new URL(url), { fetch: by }));
  return client;
}

describe.each([
  ["new", "/sse"],
  ["old", "/sse"],
  ["new", "/sse/new"],
  ["old", "/sse/old"],
])("a client of HTTP+SSE, of the server %s at %s, behind a balancer", (server, path) => {
  const own = connectedFor(
    () => connected(gateways[0]!.url(path), roundRobin(gateways)),
    path === "/sse" ? server : undefined,
  );
  const { tool, call } = own;

  it("lists and calls tools, one after the other and at once", async () => {
    expect((await own.client.listTools()).tools.map(({ name }) => name)).toContain(tool("echo"));
    const values = Array.from({ length: 20 }, (_, index) => `value ${index}`);
    const answers = await Promise.all(values.map((value) => call("echo", { value })));
    expect(answers).toEqual(values.map((value) => `${server}: ${value}`));
    await expect(call("none")).rejects.toThrow();
  });

  it("is asked, and cancels", async () => {
    expect(await call("ask")).toBe(`${server} met Ada`);
    expect(await call("sample")).toBe(`${server} heard hello`);
    const before = cancelled.length;
    const control = new AbortController();
    const calling = own.client.callTool({ name: tool("wait"), arguments: {} }, { signal: control.signal });
    setTimeout(() => control.abort(), 100);
    await expect(calling).rejects.toThrow();
    await eventually(() => cancelled.length > before);
  });

  it("is told what changes", async () => {
    const uri = path === "/sse" ? `${server}+note://one` : "note://one";
    const seen: string[] = [];
    own.client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      seen.push(params.uri);
    });
    await own.client.subscribeResource({ uri });
    await eventually(async () => {
      await call("change");
      return seen.includes(uri);
    });
  });
});

it("ends a session with its stream, on the server as well", async () => {
  const before = legacy.sessions();
  const client = await connected(gateways[0]!.url("/sse/old"));
  const own = legacy.sessions().find((session) => !before.includes(session))!;
  expect(own).toBeDefined();
  await client.close();
  await eventually(() => !legacy.sessions().includes(own));
});

it("gives all of a call's messages, in order", async () => {
  const stream = await fetch(gateways[0]!.url("/sse/new"));
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (part: string) => {
    while (!text.includes(part)) text += (await reader.read()).value ?? "";
  };
  await until("\n\n");
  const address = /data: (\S+)/.exec(text)![1]!;
  const say = (message: Record<string, unknown>) =>
    fetch(gateways[1]!.url(address), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
  const params = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  await say({ id: 1, method: "initialize", params });
  await until('"id":1');
  expect(text).toContain('"protocolVersion":"2024-11-05"');
  await say({ method: "notifications/initialized" });
  await say({
    id: 2,
    method: "tools/call",
    params: { name: "steps", arguments: {}, _meta: { progressToken: 7 } },
  });
  await until('"id":2');
  const progress = [...text.matchAll(/"progressToken":7,"progress":(\d)/g)].map(([, step]) => step);
  expect(progress).toEqual(["1", "2", "3"]);
  await reader.cancel();
});

it("takes messages for a stream from nobody else, and none for a stream that is gone", async () => {
  const stream = await fetch(gateways[0]!.url("/sse"));
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const address = /data: (\S+)/.exec((await reader.read()).value ?? "")![1]!;
  const post = (path: string) =>
    fetch(gateways[1]!.url(path), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
  expect((await post(address)).status).toBe(202);
  expect((await post(address.replace("/messages", "/messages/old"))).status).toBe(404);
  expect((await post("/messages?session=made-up")).status).toBe(404);
  await reader.cancel();
  await eventually(async () => (await post(address)).status === 404);
});

it("lets calls come to their end when the gateway stops, and then ends the stream", async () => {
  const gateway = await gatewayFor({ new: modern.url }, { drainSeconds: 30 });
  const client = await connected(gateway.url("/sse"));
  const closed = new Promise<void>((resolve) => (client.onclose = resolve));
  const running = client.callTool({ name: "new__hold", arguments: {} });
  await eventually(() => held.length === 1);
  const stopped = gateway.stop();
  held.shift()!();
  expect(textOf(await running)).toBe("new was let go");
  await stopped;
  await client.close();
  await closed;
});
