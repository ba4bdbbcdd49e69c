import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { missingKey } from "../src/protocol/meta";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, textOf } from "./support";

const open: { close(): Promise<unknown> }[] = [];

/** A server that is closed after its test. */
async function served(name: string, era: "modern" | "legacy", port = 0, address?: string): Promise<Fixture> {
  const fixture = await serveFixture((serving) => toolbox(name, serving), era, port, address);
  open.push(fixture);
  return fixture;
}

/** A gateway that is stopped after its test. */
async function gateway(...parts: Parameters<typeof gatewayFor>) {
  const started = await gatewayFor(...parts);
  open.push({ close: () => started.stop() });
  return started;
}

afterEach(async () => {
  held.splice(0).forEach((release) => release());
  for (const item of open.splice(0).reverse()) await item.close();
});

const call = async (client: Awaited<ReturnType<typeof connect>>, name: string) =>
  textOf(await client.callTool({ name, arguments: name.endsWith("echo") ? { value: "" } : {} }));

describe("replicas", () => {
  it("share the calls, and those of one that died go to another", async () => {
    const one = await served("one", "modern", 0, "127.0.0.1");
    const two = await served("two", "modern", one.port, "127.0.0.2");
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const { url } = await gateway({ s: `http://replicas:${one.port}` }, {}, async () => addresses);
    const client = await connect(url(), "modern");
    const names = async () =>
      new Set(await Promise.all(Array.from({ length: 8 }, () => call(client, "s__echo"))));
    expect(await names()).toEqual(new Set(["one: ", "two: "]));
    await two.close();
    expect(await names()).toEqual(new Set(["one: "]));
    await client.close();
  });

  it("are found when they come, and left when they go", async () => {
    const one = await served("one", "legacy", 0, "127.0.0.1");
    const two = await served("two", "legacy", one.port, "127.0.0.2");
    let address = "127.0.0.1";
    const { url } = await gateway(
      { s: { url: `http://replicas:${one.port}`, healthIntervalMs: 100 } },
      {},
      async () => [{ address, family: 4 }],
    );
    const client = await connect(url(), "legacy");
    expect(await call(client, "s__echo")).toBe("one: ");
    address = "127.0.0.2";
    // The session was on the replica that went, and is opened again on the one that came.
    await eventually(async () => (await call(client, "s__echo")) === "two: ");
    expect(two.opened()).toBe(1);
    await client.close();
  });

  it("come back into use when they answer again", async () => {
    const one = await served("one", "modern");
    const { url } = await gateway({ s: { url: one.url, healthIntervalMs: 100, unhealthyAfter: 1 } });
    const ready = async () => (await fetch(url("/health"))).status;
    await eventually(async () => (await ready()) === 200);
    await one.close();
    await eventually(async () => (await ready()) === 503);
    expect((await fetch(url("/health/live"))).status).toBe(200);
    await served("one again", "modern", one.port);
    await eventually(async () => (await ready()) === 200);
    const client = await connect(url("/mcp/s"), "modern");
    expect(await call(client, "echo")).toBe("one again: ");
    await client.close();
  });
});

it.each(["modern", "legacy"] as const)(
  "says to a %s client what a list lacks, and serves the rest",
  async (era) => {
    const up = await served("up", "modern");
    const down = await served("down", "modern");
    await down.close();
    const { url } = await gateway({ up: up.url, down: down.url });
    const client = await connect(url(), era);
    const { tools, _meta } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("up__echo");
    expect(_meta?.[missingKey]).toMatchObject([{ server: "down", reason: /not available/ as never }]);
    expect(await call(client, "up__echo")).toBe("up: ");
    await expect(call(client, "down__echo")).rejects.toThrow(/down is not available/);
    await client.close();
  },
);

it("refuses at once what would wait in too long a queue", async () => {
  const one = await served("one", "modern");
  const { url } = await gateway({ s: { url: one.url, calls: 1, queue: 1 } });
  const client = await connect(url("/mcp/s"), "modern");
  const running = call(client, "hold");
  await eventually(() => held.length === 1);
  const others = [call(client, "hold"), call(client, "hold")].map((other) =>
    other.catch((error: unknown) => (error as Error).message),
  );
  expect(await Promise.race(others)).toContain("s has 1 calls running and 1 waiting; try again later");
  held.shift()!();
  await eventually(() => held.length === 1);
  held.shift()!();
  expect(
    [await running, ...(await Promise.all(others))].filter((text) => text === "one was let go"),
  ).toHaveLength(2);
  await client.close();
});

it.each([
  ["/mcp", 15_000],
  ["/mcp/s", 15_000],
  // What is said after a sign of life is said on a stream.
  ["/mcp", 100],
])(
  "gives a call at %s up when its time is over, with a sign of life every %d ms",
  async (path, keepAliveMs) => {
    const one = await served("one", "legacy");
    const { url } = await gateway({ s: { url: one.url, callTimeoutMs: 300 } }, { keepAliveMs });
    const client = await connect(url(path), "modern");
    await expect(call(client, path === "/mcp" ? "s__wait" : "wait")).rejects.toThrow(
      "did not answer within 300 ms",
    );
    await client.close();
  },
);

it("repeats on another replica what only reads where a server breaks off, and nothing else", async () => {
  const seen: string[] = [];
  const breaks = createServer((request, response) => {
    seen.push(String(request.headers["mcp-method"]));
    request.resume().once("end", () => response.destroy());
  });
  await new Promise<void>((resolve) => breaks.listen(0, "0.0.0.0", resolve));
  const { port } = breaks.address() as AddressInfo;
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const s = { url: `http://replicas:${port}`, era: "modern", unhealthyAfter: 100 };
  const started = await gateway({ s }, {}, async () => addresses);
  open.push({ close: () => new Promise((resolve) => breaks.close(resolve)) });
  /** How often the server was asked for what it then did not answer. */
  const asked = async (method: string, named: string, params: Record<string, unknown>) => {
    const response = await fetch(started.url(), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": named,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } }),
    });
    expect(await response.text()).toContain("s is not available");
    return seen.splice(0).filter((one) => one === method).length;
  };
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  expect(await asked("resources/read", "s+note://one", { uri: "s+note://one" })).toBe(2);
  expect(await asked("prompts/get", "s__greet", { name: "s__greet" })).toBe(2);
  expect(await asked("tools/call", "s__count", { name: "s__count", arguments: {} })).toBe(1);
});

it("lets calls come to their end when it stops, and takes no new ones", async () => {
  const one = await served("one", "modern");
  const started = await gatewayFor({ s: one.url }, { drainSeconds: 30 });
  const client = await connect(started.url(), "modern");
  const running = call(client, "s__hold");
  await eventually(() => held.length === 1);
  const stopped = started.stop();
  await expect(fetch(started.url("/health"))).rejects.toThrow();
  held.shift()!();
  expect(await running).toBe("one was let go");
  await stopped;
});

it("ends the sessions that modern clients share when it stops", async () => {
  const one = await served("one", "legacy");
  const started = await gatewayFor({ s: one.url });
  const client = await connect(started.url(), "modern");
  await call(client, "s__count");
  expect(one.sessions()).toHaveLength(1);
  await started.stop();
  expect(one.sessions()).toEqual([]);
});
