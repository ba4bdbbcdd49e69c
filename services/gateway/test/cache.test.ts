import type { Client } from "@modelcontextprotocol/client";
import { type CacheHint, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { scrape } from "../../host/test/support";
import { type Fixture, serveFixture, type Serving } from "./fixture/serve";
import { connect, eventually, gatewayFor, hashed } from "./support";

const open: { close(): Promise<unknown> }[] = [];
const waiting: (() => void)[] = [];

afterEach(async () => {
  waiting.splice(0).forEach((go) => go());
  for (const item of open.splice(0).reverse()) await item.close();
});

/** A server whose note says how often notes were read; one that is held is read only when it is let go. */
async function notes(hint: CacheHint, era: "modern" | "legacy" = "modern"): Promise<Fixture> {
  let reads = 0;
  const create = (serving: Serving) => {
    const cacheHints = { "tools/list": hint, "resources/read": hint };
    const server = new McpServer(
      { name: "notes", version: "1.0.0" },
      { cacheHints, capabilities: { tools: { listChanged: true }, resources: { subscribe: true } } },
    );
    server.registerTool("change", { inputSchema: z.object({}) }, () => {
      serving.notify().toolsChanged();
      serving.notify().resourceUpdated("note://one");
      return { content: [] };
    });
    for (const name of ["one", "held"]) {
      server.registerResource(name, `note://${name}`, {}, async (uri) => {
        if (name === "held") await new Promise<void>((resolve) => waiting.push(resolve));
        return { contents: [{ uri: uri.href, text: `read ${(reads += 1)}` }] };
      });
    }
    return server;
  };
  const fixture = await serveFixture(create, era);
  open.push(fixture);
  return fixture;
}

const keys = { ada: "a".repeat(40), bob: "b".repeat(40) };
const clients = Object.fromEntries(
  Object.entries(keys).map(([name, key]) => [name, { keys: [hashed(key)] }]),
);

/** A gateway in front of it, and clients of it by the name of their principal. */
async function gateway(fixture: Fixture, settings: Record<string, unknown> = { clients }, server = {}) {
  const started = await gatewayFor({ n: { url: fixture.url, ...server } }, settings);
  const { url } = started;
  open.push({ close: () => started.stop() });
  return {
    url,
    as: async (name: keyof typeof keys, path = "/mcp/n", era: "modern" | "legacy" = "modern") => {
      const client = await connect(url(path), era, {}, { "x-api-key": keys[name] });
      open.push(client);
      return client;
    },
    outcomes: async () => {
      const samples = await scrape(new URL(url()));
      const counts = samples.filter(({ name }) => name === "mcp_gateway_cache_requests_total");
      return Object.fromEntries(counts.map(({ labels, value }) => [labels.outcome, value])) as unknown;
    },
  };
}

/** What is read, past the client's own cache. */
const read = async (client: Client, uri = "note://one") => {
  const { contents } = await client.readResource({ uri }, { cacheMode: "bypass" });
  return (contents[0] as { text: string }).text;
};

const asked = ({ seen }: Fixture, method: string) =>
  seen.filter(({ headers }) => headers["mcp-method"] === method).length;

const list = (client: Client) => client.listTools(undefined, { cacheMode: "bypass" });

describe("a result that its server says may be kept", () => {
  it("is kept for everybody where it is public, whatever their path and era", async () => {
    const server = await notes({ ttlMs: 60_000, cacheScope: "public" });
    const { as, outcomes } = await gateway(server);
    const [ada, bob] = [await as("ada"), await as("bob")];
    expect([await read(ada), await read(ada), await read(bob)]).toEqual(["read 1", "read 1", "read 1"]);
    expect(await read(await as("bob", "/mcp"), "n+note://one")).toBe("read 1");
    await list(ada);
    await list(await as("bob", "/mcp"));
    expect(asked(server, "tools/list")).toBe(1);
    expect(await outcomes()).toEqual({ hit: 4, miss: 2, coalesced: 0 });
  });

  it("is kept for its principal alone where it is private", async () => {
    const server = await notes({ ttlMs: 60_000, cacheScope: "private" });
    const { as } = await gateway(server);
    const [ada, bob] = [await as("ada"), await as("bob")];
    expect([await read(ada), await read(bob), await read(ada), await read(bob)]).toEqual([
      "read 1",
      "read 2",
      "read 1",
      "read 2",
    ]);
    await Promise.all([ada, bob].flatMap((client) => [list(client), list(client)]));
    expect(asked(server, "tools/list")).toBe(2);
  });

  it("is not kept where it is private and nobody says who he is", async () => {
    const { as } = await gateway(await notes({ ttlMs: 60_000, cacheScope: "private" }), {});
    const client = await as("ada");
    expect([await read(client), await read(client)]).toEqual(["read 1", "read 2"]);
  });

  it("comes with what is left of its time", async () => {
    const { as } = await gateway(await notes({ ttlMs: 60_000, cacheScope: "public" }));
    const client = await as("ada");
    const { ttlMs: first } = await list(client);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { ttlMs: second } = await list(client);
    expect(first).toBe(60_000);
    expect(second).toBeLessThan(60_000);
    expect(second).toBeGreaterThan(0);
  });

  it("is asked for anew when its time is over, or its server says that it changed", async () => {
    const brief = await gateway(await notes({ ttlMs: 1, cacheScope: "public" }));
    const client = await brief.as("ada");
    expect(await read(client)).toBe("read 1");
    await eventually(async () => (await read(client)) !== "read 1");
    const server = await notes({ ttlMs: 60_000, cacheScope: "public" });
    const long = await gateway(server);
    const [ada, bob] = [await long.as("ada"), await long.as("bob")];
    const listening = await ada.listen({ toolsListChanged: true, resourceSubscriptions: ["note://one"] });
    expect([await read(ada), await read(bob)]).toEqual(["read 1", "read 1"]);
    await list(bob);
    await ada.callTool({ name: "change", arguments: {} });
    await eventually(async () => (await read(bob)) === "read 2");
    await eventually(async () => {
      await list(bob);
      return asked(server, "tools/list") === 2;
    });
    await listening.close();
  });

  it("is shown to each only as far as its policy allows", async () => {
    const server = await notes({ ttlMs: 60_000, cacheScope: "public" });
    const [ada, bob] = Object.values(clients);
    const { as } = await gateway(server, { clients: { ada, bob: { ...bob, deny: ["n__change"] } } });
    expect((await list(await as("ada"))).tools).toHaveLength(1);
    const shown = await list(await as("bob"));
    expect(shown).toMatchObject({ tools: [], cacheScope: "private" });
    expect((await list(await as("ada"))).tools).toHaveLength(1);
    expect(asked(server, "tools/list")).toBe(1);
  });
});

it.each([{ ttlMs: 0, cacheScope: "public" as const }, {}])(
  "keeps nothing of a server that says %j",
  async (hint) => {
    const { as } = await gateway(await notes(hint));
    const client = await as("ada");
    expect([await read(client), await read(client)]).toEqual(["read 1", "read 2"]);
  },
);

it("keeps nothing where that is switched off", async () => {
  const server = await notes({ ttlMs: 60_000, cacheScope: "public" });
  const { as } = await gateway(server, { clients, cacheBytes: 0 });
  const client = await as("ada", "/mcp");
  expect([await read(client, "n+note://one"), await read(client, "n+note://one")]).toEqual([
    "read 1",
    "read 2",
  ]);
});

it("keeps the lists of a legacy server where the configuration says for how long", async () => {
  const count = (server: Fixture) => server.seen.length;
  const server = await notes({}, "legacy");
  const { as } = await gateway(server, { clients }, { listTtlMs: 60_000, healthIntervalMs: 3_600_000 });
  const [ada, bob] = [await as("ada"), await as("bob", "/mcp", "legacy")];
  await read(ada);
  const first = await list(ada);
  const before = count(server);
  expect(await list(ada)).toMatchObject({ tools: first.tools, cacheScope: "public" });
  expect(count(server)).toBe(before);
  expect((await list(bob)).tools).toHaveLength(1);
});

describe("equal requests that run at the same time", () => {
  const held = "note://held";

  it("are one of the server for a principal, and each has its own answer", async () => {
    const server = await notes({ ttlMs: 0, cacheScope: "private" });
    const { as, outcomes } = await gateway(server);
    const [ada, bob] = [await as("ada"), await as("bob")];
    const first = read(ada, held);
    await eventually(() => waiting.length === 1);
    const others = [read(ada, held), read(ada, held)];
    const bobs = read(bob, held);
    await eventually(() => waiting.length === 2);
    waiting.splice(0).forEach((go) => go());
    const adas = await Promise.all([first, ...others]);
    expect(new Set(adas).size).toBe(1);
    expect(adas).not.toContain(await bobs);
    expect(await outcomes()).toEqual({ hit: 0, miss: 2, coalesced: 2 });
  });

  it("go on when the client of the one that was sent goes", async () => {
    const { as } = await gateway(await notes({ ttlMs: 0, cacheScope: "private" }));
    const [one, two] = [await as("ada"), await as("ada")];
    const control = new AbortController();
    const first = one.readResource({ uri: held }, { signal: control.signal, cacheMode: "bypass" });
    await eventually(() => waiting.length === 1);
    const second = read(two, held);
    // The second has joined the first before that one ends.
    await new Promise((resolve) => setTimeout(resolve, 100));
    control.abort();
    await expect(first).rejects.toThrow();
    await eventually(() => waiting.length === 2);
    waiting.splice(0).forEach((go) => go());
    expect(await second).toMatch(/^read \d$/);
  });
});
