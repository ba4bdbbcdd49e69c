import { Client, SSEClientTransport, type StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { OwnLedger } from "../src/access/ledger";
import { OpenSessions } from "../src/access/open-sessions";
import { SharedLedger, WorkerAccount } from "../src/workers/shared-ledger";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, hashed, textOf } from "./support";

const sessionKeys = ["a key that is only for the tests, of 48 characters"];
const paths = { itself: "/mcp/old", part: "/mcp" };
const tools = { itself: "", part: "old__" };

let fixture: Fixture;
beforeEach(async () => (fixture = await serveFixture((serving) => toolbox("old", serving), "legacy")));
afterEach(() => fixture.close());

const cells = (["itself", "part"] as const).map((as) => ({ as }));

describe.each(cells)("at its limit, with a server as $as, a client", ({ as }) => {
  const count = (client: Client) =>
    client.callTool({ name: `${tools[as]}count`, arguments: {} }).then(textOf);
  const limited = (sessions: number, more: object = {}) =>
    gatewayFor({ old: fixture.url }, { sessions, ...more });
  const path = paths[as];

  test("gets another session for the one that it used least, as often as it comes back", async () => {
    const gateway = await limited(2);
    const clients = [await connect(gateway.url(path), "legacy"), await connect(gateway.url(path), "legacy")];
    const [first, second] = clients as [Client, Client];
    await count(first);
    await count(second);
    await count(first);
    const third = await connect(gateway.url(path), "legacy");
    await expect(count(second)).rejects.toThrow("Session not found");
    expect(Number(await count(first))).toBeGreaterThan(0);
    expect(Number(await count(third))).toBeGreaterThan(0);
    for (let reloads = 0; reloads < 9; reloads += 1) {
      const client = await connect(gateway.url(path), "legacy");
      clients.push(client);
      await count(client);
      // The server is told as well.
      await eventually(() => fixture.sessions().length <= 2);
    }
    await Promise.all(clients.map((client) => client.close()));
    await gateway.stop();
  });

  test("is refused where a call runs in each, and not a moment longer", async () => {
    const gateway = await limited(1);
    const first = await connect(gateway.url(path), "legacy");
    const call = first.callTool({ name: `${tools[as]}hold`, arguments: {} });
    await eventually(() => held.length === 1);
    await expect(connect(gateway.url(path), "legacy")).rejects.toThrow(/Too many sessions: 1 are allowed/);
    held.splice(0).forEach((letGo) => letGo());
    await call;
    let second: Client | undefined;
    await eventually(async () => {
      second ??= await connect(gateway.url(path), "legacy").catch(() => undefined);
      return second !== undefined;
    });
    await count(second!);
    await Promise.all([first.close(), second!.close()]);
    await gateway.stop();
  });

  test("ends no session of another client", async () => {
    const keys = { ann: "a".repeat(40), bob: "b".repeat(40) };
    const gateway = await limited(1, {
      clients: Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, { keys: [hashed(key)] }])),
    });
    const as = (key: string) => connect(gateway.url(path), "legacy", {}, { "x-api-key": key });
    const clients = [await as(keys.ann), await as(keys.bob), await as(keys.bob)];
    await count(clients[0]!);
    await expect(count(clients[1]!)).rejects.toThrow("Session not found");
    await count(clients[2]!);
    await Promise.all(clients.map((client) => client.close()));
    await gateway.stop();
  });

  test("finds it ended in the gateway's other processes too", async () => {
    const other = await gatewayFor({ old: fixture.url }, { sessionKeys });
    const gateway = await limited(1, { sessionKeys, peers: [new URL(other.url()).origin] });
    const first = await connect(gateway.url(path), "legacy");
    const id = (first.transport as StreamableHTTPClientTransport).sessionId!;
    const at = () =>
      fetch(other.url(path), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-session-id": id,
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      });
    expect((await at()).status).toBe(200);
    const second = await connect(gateway.url(path), "legacy");
    expect((await at()).status).toBe(404);
    await Promise.all([first.close(), second.close()]);
    await gateway.stop();
    await other.stop();
  });
});

test("ends the stream of a session of HTTP+SSE with it", async () => {
  const gateway = await gatewayFor({ old: fixture.url }, { sessions: 1 });
  const open = async () => {
    const client = new Client({ name: "test", version: "1.0.0" });
    const failed: Error[] = [];
    client.onerror = (error) => failed.push(error);
    await client.connect(new SSEClientTransport(new URL(gateway.url("/sse"))));
    await client.callTool({ name: "old__count", arguments: {} });
    return { client, failed };
  };
  const first = await open();
  const second = await open();
  await eventually(() => first.failed.length > 0);
  await second.client.callTool({ name: "old__count", arguments: {} });
  expect(second.failed).toEqual([]);
  await Promise.all([first.client.close(), second.client.close()]);
  await gateway.stop();
});

describe("open sessions", () => {
  const opening = (nonce: string, most = 2) => ({ client: "ann", nonce, most, seconds: 3600 });

  test("are counted together for all workers; what a worker that is gone had begun has ended", async () => {
    const own = new OwnLedger({ requestsPerMinute: 0, callsPerToolPerMinute: 0 });
    const accounts = [new WorkerAccount(own, 2), new WorkerAccount(own, 2)];
    const [one, other] = accounts.map(
      (account) => new SharedLedger((requests) => account.count(requests)),
    ) as [SharedLedger, SharedLedger];
    for (const [ledger, nonce] of [
      [one, "a"],
      [other, "b"],
    ] as const) {
      expect(await ledger.open(opening(nonce))).toEqual({ allowed: true });
      ledger.opened(nonce, `id of ${nonce}`);
    }
    other.useSession("a", "calls", 1);
    expect(await other.open(opening("c"))).toEqual({ allowed: true, ended: "id of b" });
    // A call runs in one, and the other is being opened.
    expect(await one.open(opening("d"))).toEqual({ allowed: false });
    accounts[1]!.close();
    expect(await one.open(opening("d"))).toEqual({ allowed: true, ended: "id of a" });
  });

  test("that nobody listens to go first, and those that ended count no more", () => {
    const sessions = new OpenSessions();
    for (const nonce of ["a", "b"]) {
      sessions.open(opening(nonce));
      sessions.opened(nonce, nonce);
    }
    sessions.use("a", "streams", 1);
    expect(sessions.open(opening("c"))).toEqual({ allowed: true, ended: "b" });
    sessions.close("c");
    expect(sessions.open(opening("d"))).toEqual({ allowed: true });
    expect(sessions.open({ ...opening("e"), client: "bob" })).toEqual({ allowed: true });
  });
});
