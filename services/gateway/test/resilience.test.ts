import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { missingKey } from "../src/protocol/meta";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, modernRequest, textOf } from "./support";

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

describe("a server whose only replica is started again", () => {
  it.each([
    ["modern", "/mcp"],
    ["modern", "/mcp/s"],
    ["legacy", "/mcp"],
    ["legacy", "/mcp/s"],
  ] as const)("is not missed by a client of the %s era at %s: calls wait for it", async (era, path) => {
    const before = await served("before", era);
    const { url } = await gateway({ s: { url: before.url, healthIntervalMs: 100, ejectionMs: 100 } });
    const client = await connect(url(path), era);
    const tool = path === "/mcp" ? "s__echo" : "echo";
    expect(await call(client, tool)).toBe("before: ");
    await before.close();
    const waiting = Promise.all([1, 2, 3, 4].map(() => call(client, tool)));
    // Until it is taken out of use, too.
    await eventually(async () => (await fetch(url("/health"))).status === 503);
    await served("after", era, before.port);
    expect(new Set(await waiting)).toEqual(new Set(["after: "]));
    await client.close();
  });

  it("makes a call that was on it once more, also where its tools were not known when it ended", async () => {
    const breaks = createServer((request, response) => {
      if (request.method === "GET") return response.end("{}");
      request.resume().once("end", () => {
        breaks.close();
        breaks.closeAllConnections();
      });
    });
    await new Promise<void>((resolve) => breaks.listen(0, "127.0.0.1", resolve));
    const { port } = breaks.address() as AddressInfo;
    const s = { url: `http://127.0.0.1:${port}`, era: "modern", healthIntervalMs: 100, listTimeoutMs: 200 };
    const { url } = await gateway({ s });
    await eventually(async () => (await fetch(url("/health"))).status === 200);
    const closed = new Promise((resolve) => breaks.once("close", resolve));
    const params = { name: "echo", arguments: { value: "" } };
    const answer = fetch(url("/mcp/s"), modernRequest({ method: "tools/call", params }));
    await closed;
    // Longer than a list may take of a server that is there.
    await sleep(500);
    await served("after", "modern", port);
    expect(await (await answer).text()).toContain("after: ");
  });

  it("is not waited for any longer than settings say, and not where it never was", async () => {
    const gone = await served("gone", "modern");
    const never = await served("never", "modern");
    await never.close();
    const absenceMs = 200;
    const { url } = await gateway({
      gone: { url: gone.url, absenceMs },
      never: { url: never.url, absenceMs: 600_000 },
    });
    const client = await connect(url(), "modern");
    expect(await call(client, "gone__echo")).toBe("gone: ");
    await gone.close();
    await expect(call(client, "gone__echo")).rejects.toThrow("gone is not available");
    await expect(call(client, "never__echo")).rejects.toThrow("never is not available");
    await client.close();
  });
});

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
  const asked = async (method: string, params: Record<string, unknown>) => {
    const response = await fetch(started.url(), modernRequest({ method, params }));
    expect(await response.text()).toContain("s is not available");
    return seen.splice(0).filter((one) => one === method).length;
  };
  expect(await asked("resources/read", { uri: "s+note://one" })).toBe(2);
  expect(await asked("prompts/get", { name: "s__greet" })).toBe(2);
  expect(await asked("tools/call", { name: "s__count", arguments: {} })).toBe(1);
});

it.each([
  [2, 3, "answered"],
  [3, 3, "s is not available"],
])("where %i replicas in turn end with it, makes a call %i times: %s", async (ends, times, answer) => {
  let calls = 0;
  const server = createServer((request, response) => {
    if (request.method === "GET") return response.end("{}");
    request.resume().once("end", () => {
      calls += 1;
      if (calls <= ends) response.destroy();
      else
        response
          .setHeader("content-type", "application/json")
          .end('{"jsonrpc":"2.0","id":1,"result":"answered"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  open.push({ close: async () => server.close().closeAllConnections() });
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const { port } = server.address() as AddressInfo;
  const s = { url: `http://replicas:${port}`, era: "modern", unhealthyAfter: 100 };
  const { url } = await gateway({ s }, {}, async () => addresses);
  await eventually(async () => (await fetch(url("/health"))).status === 200);
  const params = { name: "greet" };
  const response = await fetch(url("/mcp/s"), modernRequest({ method: "prompts/get", params }));
  expect(await response.text()).toContain(answer);
  expect(calls).toBe(times);
});

describe.each(["modern", "legacy"] as const)("with a %s client", (era) => {
  it.each(["/mcp", "/mcp/s"])(
    "at %s, a call that a dying replica left is made on another where the tool says that it may, and no other is",
    async (path) => {
      const one = await served("one", "modern", 0, "127.0.0.1");
      const dying = await dies(one.port, "127.0.0.2");
      const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
      const s = { url: `http://replicas:${one.port}`, era: "modern", unhealthyAfter: 100 };
      const { url } = await gateway({ s }, {}, async () => addresses);
      const client = await connect(url(path), era);
      const prefix = path === "/mcp" ? "s__" : "";
      for (let times = 0; times < 8; times += 1) expect(await call(client, `${prefix}echo`)).toBe("one: ");
      expect(dying.calls("echo")).toBeGreaterThan(0);
      const counts = Array.from({ length: 8 }, () =>
        call(client, `${prefix}count`).catch((error: unknown) => (error as Error).message),
      );
      const lost = (await Promise.all(counts)).filter((text) => text.includes("not available"));
      expect(lost).toHaveLength(dying.calls("count"));
      expect(lost.length).toBeGreaterThan(0);
      await client.close();
    },
  );

  /** A replica that takes every request and breaks off, and the tools that it was to call. */
  async function dies(port: number, address: string) {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.once("end", () => {
        const { method, params } = JSON.parse(body || "{}") as { method?: string; params?: { name: string } };
        if (method === "tools/call") seen.push(params?.name ?? "");
        response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    return { calls: (name: string) => seen.filter((one) => one === name).length };
  }
});

it.each([
  ["answers nobody", false],
  ["takes no further connections, as one over TLS that hangs", true],
])("leaves no call that may be made again to a replica that %s", async (_, closed) => {
  const one = await served("one", "modern", 0, "127.0.0.1");
  let asked = false;
  const silent = createServer(() => (asked = true));
  silent.on("connection", (socket) => closed && asked && socket.destroy());
  await new Promise<void>((resolve) => silent.listen(one.port, "127.0.0.2", resolve));
  open.push({ close: async () => silent.close().closeAllConnections() });
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const s = { url: `http://replicas:${one.port}`, healthIntervalMs: 100, unhealthyAfter: 1, era: "modern" };
  const { url } = await gateway({ s }, {}, async () => addresses);
  const client = await connect(url(), "modern");
  const calls = Array.from({ length: 4 }, () => call(client, "s__echo"));
  expect(await Promise.all(calls)).toEqual(calls.map(() => "one: "));
  await client.close();
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
