import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { noteOfCall } from "../call-notes";
import { Calls } from "../calls";
import { hostSettings } from "../environment";
import { type HttpServer, serveHttp } from "../http";
import { createLogger } from "../log";
import { measured } from "../metrics";
import { serveSocket } from "../stdio";
import { countedRequests, eventually, grown, scrape } from "./support";

/** A server with a tool that is fine, one that fails, and one that waits until it is cancelled or let go. */
function createServer(letGo: Promise<void>): McpServer {
  const server = new McpServer({ name: "measured", version: "1.0.0" });
  const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });
  server.registerTool(
    "add",
    { inputSchema: z.object({ one: z.number(), two: z.number() }) },
    ({ one, two }) => text(String(one + two)),
  );
  server.registerTool("fail", {}, async () => {
    await new Promise(setImmediate);
    noteOfCall({ sqlstate: "42P01" });
    return { ...text("It failed"), isError: true };
  });
  server.registerTool("wait", {}, () => letGo.then(() => text("waited")));
  return server;
}

const idle = Object.fromEntries(
  ["add", "fail", "wait"].flatMap((tool) => [
    [`tools/call ${tool} -`, 0],
    [`tools/call ${tool} tool_error`, 0],
  ]),
);

describe("/metrics", () => {
  const folder = mkdtempSync(join(tmpdir(), "host-metrics-"));
  const socket = join(folder, "mcp.sock");
  const calls = new Calls();
  let letGo: () => void;
  let http: HttpServer;
  let closeSocket: () => Promise<void>;
  let url: URL;
  let logged: string;

  beforeEach(async () => {
    const waiting = new Promise<void>((resolve) => (letGo = resolve));
    logged = "";
    const log = createLogger("info", (line) => (logged += line));
    const settings = hostSettings.parse({ MCP_PORT: "0", MCP_HOST: "127.0.0.1" });
    const service = { createServer: () => createServer(waiting), checks: {}, close: async () => undefined };
    const { createServer: create, registry } = await measured(service, log);
    const report = async () => ({ live: true as const, ready: true, checks: {} });
    http = await serveHttp({ createServer: create, calls, report, metrics: registry, settings, log });
    closeSocket = await serveSocket({ createServer: create, calls, log }, socket);
    url = new URL(`http://127.0.0.1:${http.port}/mcp`);
  });
  afterEach(async () => {
    letGo();
    await Promise.all([http.close(), closeSocket()]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A client over HTTP, or over the socket as an attached stdio process is. */
  const connected = async (way: string, era: string, headers: Record<string, string> = {}) => {
    let transport: Transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
    if (way === "stdio") {
      const stream = connect(socket);
      transport = new StdioServerTransport(stream, stream);
    }
    const mode = era === "legacy" ? "legacy" : { pin: "2026-07-28" };
    const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(transport);
    return client;
  };
  const active = async () =>
    (await scrape(url)).find(({ name }) => name === "mcp_server_active_requests")?.value;

  test("has every tool with zero before the first call, and what the process costs", async () => {
    expect(await countedRequests(url)).toEqual(idle);
    const names = (await scrape(url)).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "nodejs_eventloop_lag_seconds",
      ]),
    );
  });

  test("a line in the log tells of each call, and not what it was called with", async () => {
    const client = await connected("http", "modern");
    await client.callTool({ name: "add", arguments: { one: 1, two: 2222 } });
    await client.callTool({ name: "fail" });
    await client.listTools();
    const lines = logged
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: "info", message: "call", tool: "add", ms: expect.any(Number) as number },
      { message: "call", tool: "fail", error: "tool_error", sqlstate: "42P01" },
    ]);
    expect(lines[0]).not.toHaveProperty("sqlstate");
    expect(logged).not.toContain("2222");
    await client.close();
  });

  const traceparent = (digit: string) => `00-${digit.repeat(32)}-${"1".repeat(16)}-01`;
  const tracesLogged = () =>
    [...logged.matchAll(/"message":"call".*?(?:"trace_id":"(\w+)")?\}\n/g)].map(([, id]) => id);

  test.each(["legacy", "modern"])(
    "a call's line has the trace that a client of the %s era names, though nothing is traced",
    async (era) => {
      const client = await connected("http", era, { traceparent: traceparent("a") });
      const attached = await connected("stdio", era);
      const add = { name: "add", arguments: { one: 1, two: 2 } };
      await client.callTool(add);
      await client.callTool({ ...add, _meta: { traceparent: traceparent("b") } });
      await attached.callTool({ ...add, _meta: { traceparent: traceparent("c") } });
      await attached.callTool({ ...add, _meta: { traceparent: `00-${"0".repeat(32)}-1-01` } });
      await attached.callTool(add);
      expect(tracesLogged()).toEqual(["a".repeat(32), "b".repeat(32), "c".repeat(32), undefined, undefined]);
      await Promise.all([client.close(), attached.close()]);
    },
  );

  describe.each(["http", "stdio"])("over %s", (way) => {
    test.each(["legacy", "modern"])(
      "counts what a client of the %s era calls, by how it ended",
      async (era) => {
        const client = await connected(way, era);
        const before = await countedRequests(url);
        await client.callTool({ name: "add", arguments: { one: 1, two: 2 } });
        await client.callTool({ name: "add", arguments: { one: 3, two: 4 } });
        await client.callTool({ name: "add", arguments: { one: "x" } });
        await client.callTool({ name: "fail" });
        await client.listTools();
        for (const name of ["rm -rf", "constructor"]) {
          await expect(client.callTool({ name })).rejects.toThrow(/not found|disabled/);
        }
        for (const method of ["made/up", "tools/steal"]) {
          await expect(client.request({ method }, z.object({}))).rejects.toThrow(/not found/i);
        }
        expect(grown(before, await countedRequests(url))).toEqual({
          "tools/call add -": 2,
          "tools/call add invalid_arguments": 1,
          "tools/call fail tool_error": 1,
          "tools/list - -": 1,
          "tools/call _OTHER -32602": 2,
          "_OTHER - -32601": 2,
        });
        expect(await active()).toBe(0);
        await client.close();
      },
    );

    test.each(["legacy", "modern"])("counts a call that a client of the %s era cancels", async (era) => {
      const client = await connected(way, era);
      const aborted = new AbortController();
      const call = client.callTool({ name: "wait" }, { signal: aborted.signal });
      await eventually(async () => (await active()) === 1);
      aborted.abort("enough");
      await expect(call).rejects.toThrow();
      // Over HTTP, a client of the older era lets go of its connection only when it closes.
      if (way === "http") await client.close();
      await eventually(async () => (await active()) === 0);
      expect(grown(idle, await countedRequests(url))).toMatchObject({ "tools/call wait cancelled": 1 });
      expect(await calls.finished(10_000)).toBe(true); // a stop has nothing to wait for
      await client.close();
    });
  });

  test("is not for web pages that point their own name at the server", async () => {
    const status = (headers: Record<string, string>) =>
      fetch(new URL("/metrics", url), { headers }).then((response) => response.status);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    expect(await status({})).toBe(200);
  });
});
