import type { IncomingMessage } from "node:http";
import { Hops, hopHeader } from "../src/peers/hop";
import { createSeal } from "../src/session/seal";
import { type Fixture, serveFixture } from "./fixture/serve";
import { cancelled, toolbox } from "./fixture/toolbox";
import { type GatewayProcess, gatewayReplicas, roundRobin } from "./processes";
import { connect, connectedFor, eventually, textOf } from "./support";

const fixtures = {} as Record<"modern" | "legacy", Fixture>;

beforeAll(async () => {
  fixtures.modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  fixtures.legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
});

afterAll(async () => {
  await Promise.all([fixtures.modern.close(), fixtures.legacy.close()]);
});

const servers = () => ({ new: { url: fixtures.modern.url }, old: { url: fixtures.legacy.url } });

/** Both eras, both servers, both ways to a server. */
const cells = (["modern", "legacy"] as const).flatMap((era) =>
  (["new", "old"] as const).flatMap((server) =>
    ["/mcp", `/mcp/${server}`].map((path) => ({ era, server, path })),
  ),
);

describe.each([2, 3])("%d replicas of the gateway behind a balancer that knows nothing", (count) => {
  let gateways: GatewayProcess[];
  beforeAll(async () => {
    gateways = await gatewayReplicas(count, servers());
  });
  afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())));

  describe.each(cells)("a $era client of the server $server at $path", ({ era, server, path }) => {
    const connected = connectedFor(
      () => connect(gateways[0]!.url(path), era, {}, {}, roundRobin(gateways)),
      path === "/mcp" ? server : undefined,
    );
    const { tool, call } = connected;

    it("is asked by the server in one replica, and answers through another", async () => {
      // As many calls as it takes for every replica to be asked first, and to be answered.
      for (let turn = 0; turn < 2 * count; turn += 1) {
        expect(await call("ask")).toBe(`${server} met Ada`);
        expect(await call("sample")).toBe(`${server} heard hello`);
      }
    });

    it("cancels a call in one replica through another", async () => {
      for (let turn = 0; turn <= count; turn += 1) {
        const before = cancelled.length;
        const control = new AbortController();
        const calling = connected.client.callTool(
          { name: tool("wait"), arguments: {} },
          { signal: control.signal },
        );
        setTimeout(() => control.abort(), 100);
        await expect(calling).rejects.toThrow();
        await eventually(() => cancelled.length > before);
        await connected.client.listTools();
      }
    });

    it("hears on the stream of one replica what it subscribed to through another", async () => {
      const uri = path === "/mcp" ? `${server}+note://one` : "note://one";
      const seen: string[] = [];
      connected.client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
        seen.push(params.uri);
      });
      if (era === "legacy") await connected.client.subscribeResource({ uri });
      else await connected.client.listen({ resourceSubscriptions: [uri] });
      await eventually(async () => {
        await call("change");
        return seen.includes(uri);
      });
    });
  });

  it("keep what a modern client has in a server with sessions in one of them, for all its calls", async () => {
    const fetch = roundRobin(gateways);
    const client = await connect(gateways[0]!.url(), "modern", {}, {}, fetch, "with a session of its own");
    const counts: string[] = [];
    for (let turn = 0; turn < 3 * count; turn += 1) {
      counts.push(textOf(await client.callTool({ name: "old__count", arguments: {} })));
    }
    expect(counts).toEqual(counts.map((_, index) => String(index + 1)));
    await client.close();
  });

  it("end a session in all of them, whichever is told", async () => {
    const client = await connect(gateways[0]!.url(), "legacy");
    const transport = client.transport as { sessionId?: string };
    const headers = { "mcp-session-id": transport.sessionId ?? "" };
    expect((await fetch(gateways[1]!.url(), { method: "DELETE", headers })).status).toBe(200);
    for (const gateway of gateways) expect((await post(gateway, headers, { id: 1 })).status).toBe(404);
    await client.close();
  });

  it("let nobody else in between them", async () => {
    const { url } = gateways[0]!;
    expect((await fetch(url("/peers"))).status).toBe(404);
    expect((await fetch(url("/peers"), { headers: { [hopHeader]: "made-up" } })).status).toBe(403);
    expect((await post(gateways[0]!, { [hopHeader]: "made-up" }, { id: 1 })).status).toBe(403);
  });
});

it("says what happened where the replica is gone that a call waited in", async () => {
  const [one, two] = (await gatewayReplicas(2, servers())) as [GatewayProcess, GatewayProcess];
  const opened = await post(one, {}, { id: 1, method: "initialize", params: initialize });
  const headers = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  const asking = await post(one, headers, { id: 2, method: "tools/call", params: { name: "new__ask" } });
  const reader = asking.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("elicitation/create")) text += (await reader.read()).value ?? "";
  const { id } = JSON.parse(/^data: (.*elicitation\/create.*)$/m.exec(text)![1]!) as { id: string };
  await one.kill();
  await reader.cancel().catch(() => undefined);
  const late = await post(two, headers, { id, result: { action: "decline" } });
  expect(late.status).toBe(410);
  expect(await late.text()).toContain("the replica of the gateway that it ran on is gone: call it anew");
  // The session itself lives on.
  const again = await post(two, headers, { id: 3, method: "tools/list" });
  expect(await again.text()).toContain("new__ask");
  await two.stop();
});

describe("what one process sends to another", () => {
  const secrets = ["a key that is only for the tests, of 48 characters"];
  const from = new Hops(createSeal(secrets), "one");
  const to = new Hops(createSeal(secrets), "two");
  const request = (url: string, headers: Record<string, string>) =>
    ({ method: "POST", url, headers }) as unknown as IncomingMessage;

  it("is known by its seal, for one request to one process, once", () => {
    const sent = request("/mcp", from.header("POST", "/mcp", "two"));
    expect(to.from(sent)).toBe("one");
    expect(() => to.from(sent)).toThrow(/is not of a replica/);
    expect(() => to.from(request("/mcp/old", from.header("POST", "/mcp", "two")))).toThrow();
    expect(() => to.from(request("/mcp", from.header("POST", "/mcp", "three")))).toThrow();
    expect(to.from(request("/mcp", {}))).toBeUndefined();
  });

  it("is nothing where the keys are others, or a session's id takes its place", () => {
    const other = new Hops(createSeal(["another key that is only for the tests, of 48"]), "one");
    expect(() => to.from(request("/mcp", other.header("POST", "/mcp", "two")))).toThrow();
    const id = createSeal(secrets).seal("session", { request: "POST /mcp", at: Date.now(), nonce: "1" });
    expect(() => to.from(request("/mcp", { [hopHeader]: id }))).toThrow();
  });
});

const initialize = {
  protocolVersion: "2025-11-25",
  capabilities: { elicitation: {} },
  clientInfo: { name: "test", version: "1" },
};

function post(
  { url }: GatewayProcess,
  headers: Record<string, string>,
  message: Record<string, unknown>,
): Promise<Response> {
  return fetch(url(), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      ...(message.result === undefined ? { method: "tools/list" } : {}),
      ...message,
    }),
  });
}
