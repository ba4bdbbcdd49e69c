import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { LegacyFront } from "../src/front/legacy";
import { Sessions } from "../src/session/session";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, textOf } from "./support";

const sessionKeys = ["a key that is only for the tests, of 48 characters"];
const tools = { itself: "count", part: "old__count" };
const paths = { itself: "/mcp/old", part: "/mcp" };

let fixture: Fixture;
type Gateway = Awaited<ReturnType<typeof gatewayFor>>;
let gateway: Gateway;
let twin: Gateway;

beforeAll(async () => {
  fixture = await serveFixture((serving) => toolbox("old", serving), "legacy");
  gateway = await gatewayFor({ old: fixture.url }, { sessionKeys });
  twin = await gatewayFor({ old: fixture.url }, { sessionKeys });
});

afterAll(async () => {
  await Promise.all([gateway.stop(), twin.stop()]);
  await fixture.close();
});

const count = async (client: Client, as: "itself" | "part") =>
  Number(textOf(await client.callTool({ name: tools[as], arguments: {} })));

describe.each(["itself", "part"] as const)("a session with a server as %s", (as) => {
  it("is the client's own, and lasts from call to call", async () => {
    const [one, two] = await Promise.all([
      connect(gateway.url(paths[as]), "legacy"),
      connect(gateway.url(paths[as]), "legacy"),
    ]);
    expect([await count(one, as), await count(one, as), await count(two, as)]).toEqual([1, 2, 1]);
    await Promise.all([one.close(), two.close()]);
  });

  it("is opened again when the server has forgotten it, without the client's noticing", async () => {
    const client = await connect(gateway.url(paths[as]), "legacy");
    await count(client, as);
    fixture.forget();
    expect(await count(client, as)).toBe(1);
    expect(await count(client, as)).toBe(2);
    // Those who come at once share one new session.
    const before = fixture.opened();
    fixture.forget();
    const counts = await Promise.all([1, 2, 3, 4].map(() => count(client, as)));
    expect(counts.sort()).toEqual([1, 2, 3, 4]);
    expect(fixture.opened() - before).toBe(1);
    await client.close();
  });

  it("is served by whichever gateway is asked", async () => {
    const client = new Client({ name: "test", version: "1.0.0" });
    let turn = 0;
    const alternate: typeof fetch = (input, init) => {
      const { pathname } = new URL(input);
      return fetch([gateway, twin][(turn += 1) % 2]!.url(pathname), init);
    };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(gateway.url(paths[as])), { fetch: alternate }),
    );
    expect([await count(client, as), await count(client, as), await count(client, as)]).toEqual([1, 2, 3]);
    await client.close();
  });

  it("lasts as long as the settings say after its last use, in all processes of the gateway", async () => {
    const peer = await gatewayFor(
      { old: fixture.url },
      { sessionKeys, peers: [new URL(gateway.url()).origin] },
    );
    const client = await connect(gateway.url(paths[as]), "legacy");
    const kept = (client.transport as StreamableHTTPClientTransport).sessionId!;
    const began = Date.now();
    let hours = 0;
    const renew = jest.spyOn(Sessions.prototype, "renew");
    const renewals = () => renew.mock.results.filter(({ value }) => value !== undefined).length;
    const clock = jest.spyOn(Date, "now").mockImplementation(() => began + hours * 3_600_000);
    const use = (at: Gateway, id: string) => post(at.url(paths[as]), { "mcp-session-id": id });
    try {
      let taken = kept;
      // Of clients some take a new id over, and others keep the one that they got first.
      for (hours of [23, 46, 69]) {
        const { status, headers } = await use(peer, kept);
        expect(status).toBe(200);
        const fresh = headers.get("mcp-session-id")!;
        expect([null, kept, taken]).not.toContain(fresh);
        // Not each time.
        expect((await use(peer, kept)).headers.get("mcp-session-id")).toBeNull();
        expect((await use(peer, taken)).status).toBe(200);
        taken = fresh;
        // It says so itself, where the session was never seen.
        expect((await use(twin, taken)).status).toBe(200);
        // Its peer is told, and counts anew as well.
        await eventually(() => renewals() === 2);
        renew.mockClear();
      }
      hours = 69 + 23;
      expect((await use(gateway, kept)).status).toBe(200);
      hours += 26;
      for (const at of [gateway, peer, twin])
        for (const id of [kept, taken]) expect((await use(at, id)).status).toBe(404);
    } finally {
      clock.mockRestore();
      renew.mockRestore();
      await client.close();
      await peer.stop();
    }
  });

  it.each(["call", "stream"] as const)("is in use for as long as a %s of it lasts", async (use) => {
    const uses = jest.spyOn(LegacyFront.prototype, "use");
    const client = await connect(gateway.url(paths[as]), "legacy");
    const id = (client.transport as StreamableHTTPClientTransport).sessionId!;
    const began = Date.now();
    const keep = jest.spyOn(Sessions.prototype, "keep");
    // The client listens on its own.
    await eventually(() => uses.mock.calls.some(([, , kind]) => kind === "streams"));
    if (use === "call") {
      const tool = as === "itself" ? "hold" : "old__hold";
      client.callTool({ name: tool, arguments: {} }).catch(() => undefined);
      await eventually(() => held.length === 1);
    }
    const clock = jest.spyOn(Date, "now").mockImplementation(() => began + 30 * 3_600_000);
    try {
      expect(keep).not.toHaveBeenCalled();
      if (use === "call") held.splice(0).forEach((letGo) => letGo());
      else await client.close();
      await eventually(() => keep.mock.calls.length > 0);
      expect((await post(gateway.url(paths[as]), { "mcp-session-id": id })).status).toBe(200);
    } finally {
      for (const spy of [uses, clock, keep]) spy.mockRestore();
      await client.close();
    }
  });

  it("ends on the server when the client ends it", async () => {
    const client = await connect(gateway.url(paths[as]), "legacy");
    await count(client, as);
    const before = fixture.sessions().length;
    const transport = client.transport as StreamableHTTPClientTransport;
    const { sessionId } = transport;
    await transport.terminateSession();
    expect(fixture.sessions()).toHaveLength(before - 1);
    const again = await post(gateway.url(paths[as]), { "mcp-session-id": sessionId ?? "" });
    expect(again.status).toBe(404);
    await client.close();
  });

  it("is nobody else's: an id that was made up or changed opens nothing", async () => {
    const client = await connect(gateway.url(paths[as]), "legacy");
    const { sessionId = "" } = client.transport as StreamableHTTPClientTransport;
    const changed = `${sessionId.slice(0, -2)}${sessionId.endsWith("AA") ? "BB" : "AA"}`;
    for (const id of [changed, "made-up", fixture.sessions().at(-1) ?? ""]) {
      expect((await post(gateway.url(paths[as]), { "mcp-session-id": id })).status).toBe(404);
    }
    const other = as === "part" ? paths.itself : paths.part;
    expect((await post(gateway.url(other), { "mcp-session-id": sessionId })).status).toBe(404);
    await client.close();
  });
});

it("is shared by the calls of a modern client, which has none", async () => {
  const before = fixture.opened();
  const client = await connect(gateway.url("/mcp"), "modern");
  expect([await count(client, "part"), await count(client, "part")]).toEqual([1, 2]);
  expect(fixture.opened() - before).toBe(1);
  fixture.forget();
  expect(await count(client, "part")).toBe(1);
  await client.close();
});

function post(url: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/list" }),
  });
}
