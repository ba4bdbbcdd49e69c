import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect as dial } from "node:net";
import { type Fixture, serveFixture } from "./fixture/serve";
import { cancelled, toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, modernRequest, textOf } from "./support";

let modern: Fixture;
let legacy: Fixture;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;
const liars: Server[] = [];

/** A server that answers `server/discover` as it should, and everything else as it likes. */
function liar(listener: RequestListener): Promise<string> {
  return serve((request, response) => {
    if (request.headers["mcp-method"] !== "server/discover") return listener(request, response);
    const result = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} } };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: "discover", result }));
  });
}

/** A server that answers as it likes, until the tests are over; its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  liars.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server of the legacy era that has no room for a session, and says so. */
const full: RequestListener = (_, response) => {
  const error = { code: -32000, message: "All 8 processes are in use" };
  response.writeHead(503, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error }));
};

beforeAll(async () => {
  modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  const stream = { "content-type": "text/event-stream" };
  gateway = await gatewayFor({
    new: modern.url,
    old: legacy.url,
    dies: await liar((_, response) => {
      response.writeHead(200, stream);
      response.write(": I begin\n\n", () => response.destroy());
    }),
    talks: await liar((_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end("Hello!"),
    ),
    silent: await liar((_, response) => response.writeHead(200, stream).end()),
    full: await serve(full),
    turns: await liar((_, response) => response.writeHead(400).end("I speak another era now")),
  });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([modern.close(), legacy.close()]);
  liars.forEach((server) => server.close());
});

/** A modern request for a tool, of all servers unless a path says otherwise. */
const call = (
  name: string,
  id: number | string = 1,
  extra: Record<string, unknown> = {},
  { path, signal }: { path?: string; signal?: AbortSignal } = {},
) =>
  fetch(gateway.url(path), {
    ...modernRequest({ method: "tools/call", id, params: { name, arguments: {}, ...extra } }),
    ...(signal ? { signal } : {}),
  });

it.each([
  ["dies in the middle of its answer", "dies"],
  ["answers something else than JSON", "talks"],
  ["ends its stream without an answer", "silent"],
  ["speaks another era than it said", "turns"],
])("a server that %s is an error that names it", async (_, name) => {
  const answer = await call(`${name}__tool`, 7);
  const text = await answer.text();
  const message = JSON.parse(text.startsWith("{") ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? "")) as {
    id: number;
    error: { message: string };
  };
  expect(message).toMatchObject({ id: 7, error: { message: expect.stringContaining(name) as string } });
});

it("a server that opens no session is an error with its own words", async () => {
  await expect(connect(gateway.url("/mcp/full"), "legacy")).rejects.toThrow(
    "full is not available: it answered `initialize` with status 503: All 8 processes are in use",
  );
});

it("mixes nothing up between clients that call at the same time", async () => {
  const paths = ["/mcp", "/mcp/new", "/mcp/old"];
  const clients = await Promise.all(
    (["modern", "legacy"] as const).flatMap((era) =>
      paths.map(async (path) => ({ path, client: await connect(gateway.url(path), era) })),
    ),
  );
  await Promise.all(
    clients.flatMap(({ path, client }, owner) =>
      Array.from({ length: 40 }, async (_, index) => {
        const server = path === "/mcp/old" || (path === "/mcp" && index % 2 === 0) ? "old" : "new";
        const value = `client ${owner} call ${index}`;
        const name = path === "/mcp" ? `${server}__echo` : "echo";
        expect(textOf(await client.callTool({ name, arguments: { value } }))).toBe(`${server}: ${value}`);
      }),
    ),
  );
  await Promise.all(clients.map(({ client }) => client.close()));
});

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

it("refuses whatever is no message, and goes on", async () => {
  const random = seeded(6);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const values = [null, 0, -1, 1e308, "", "\u0000", "tools/call", [], [[]], {}, { method: {} }, true];
  const paths = ["/mcp", "/mcp/new", "/mcp/old"];
  for (let round = 0; round < 150; round += 1) {
    const message = Object.fromEntries(
      ["jsonrpc", "id", "method", "params", "result", "error"].flatMap((key) =>
        random() < 0.6 ? [[key, pick(values)]] : [],
      ),
    );
    const text = JSON.stringify(random() < 0.2 ? [message] : message);
    const body = random() < 0.3 ? text.slice(0, Math.floor(random() * text.length)) : text;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (random() < 0.5)
      headers["mcp-protocol-version"] = pick(["2026-07-28", "2025-11-25", "9999-99-99", "x"]);
    if (random() < 0.3) headers["mcp-session-id"] = pick(["x", "A".repeat(300), "%00"]);
    if (random() < 0.3) headers["mcp-method"] = pick(["tools/call", "x", "=?base64??="]);
    const answer = await fetch(gateway.url(pick(paths)), { method: "POST", headers, body });
    expect(answer.status).toBeLessThan(500);
    await answer.text();
  }
  expect((await call("new__count")).status).toBe(200);
});

it("is not held up by clients that go in the middle of a call: no stack is looked up in the source map", async () => {
  const own = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const prepare = own?.value as ((error: Error, frames: NodeJS.CallSite[]) => unknown) | undefined;
  const looked: string[] = [];
  Error.prepareStackTrace = (error, frames) => {
    looked.push(String(error));
    return prepare?.(error, frames) ?? String(error);
  };
  try {
    for (const [path, tool] of [
      ["/mcp", "new__wait"],
      ["/mcp", "old__wait"],
      ["/mcp/new", "wait"],
      ["/mcp/old", "wait"],
    ] as const) {
      const control = new AbortController();
      const before = cancelled.length;
      const going = call(tool, 1, {}, { path, signal: control.signal }).catch(() => undefined);
      setTimeout(() => control.abort(), 100);
      await going;
      await eventually(() => cancelled.length > before);
    }
  } finally {
    Object.assign(Error, { prepareStackTrace: prepare });
  }
  expect(looked.filter((error) => error.includes("the client has gone"))).toEqual([]);
});

it("is not held up by clients that send no HTTP, or half of it, or go away", async () => {
  const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const beginnings = [
    "\u0016\u0003\u0001 this is no HTTP\r\n\r\n",
    `${head}Content-Length: 1000\r\n\r\n{"half`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `GET /mcp HTTP/1.1\r\nHost: ${"a".repeat(20_000)}\r\n\r\n`,
  ];
  await Promise.all(
    beginnings.map(
      (text) =>
        new Promise<void>((resolve) => {
          const socket = dial(gateway.port, "127.0.0.1", () => socket.end(text));
          socket.on("error", () => undefined).on("close", () => resolve());
          socket.resume();
        }),
    ),
  );
  expect((await call("new__count")).status).toBe(200);
});
