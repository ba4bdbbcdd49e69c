import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { McpServer } from "@modelcontextprotocol/server";
import { EnvironmentError } from "../environment";
import { createLogger } from "../log";
import { currentTracer, startTracing, traceIds } from "../tracing";
import { type Collector, startCollector } from "./otlp";
import { MODERN } from "./program";
import { type Served, served } from "./serving";

const service = { name: "traced", version: "1.0.0" };
const lines: Record<string, unknown>[] = [];
const log = createLogger("info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>), traceIds);

it("is off where nobody asks for it", async () => {
  const off = [
    {},
    { OTEL_SERVICE_NAME: "named" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317", OTEL_SDK_DISABLED: "true" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317", OTEL_TRACES_EXPORTER: "none" },
  ];
  for (const environment of off) {
    await startTracing(environment, service, log);
    expect(currentTracer()).toBeUndefined();
  }
});

it.each([
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, 'OTEL_TRACES_EXPORTER: "zipkin" is not known here'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }, "OTEL_EXPORTER_OTLP_PROTOCOL"],
])("refuses what it can't do: %j", async (asked, message) => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317", ...asked };
  const started = startTracing(environment, service, log);
  await expect(started).rejects.toThrow(EnvironmentError);
  await expect(started).rejects.toThrow(message);
});

describe("a server that is traced", () => {
  let collector: Collector;
  let server: Served;
  let client: Client;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    collector = await startCollector();
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    process.env.OTEL_BSP_SCHEDULE_DELAY = "600000";
    stop = await startTracing(process.env, service, log);
    const createServer = () => {
      const mcp = new McpServer({ name: "traced", version: "1.0.0" });
      mcp.registerTool("say", {}, async () => {
        await new Promise(setImmediate);
        log.info("said");
        return { content: [{ type: "text", text: "yes" }] };
      });
      mcp.registerTool("fail", {}, () => ({ content: [{ type: "text", text: "no" }], isError: true }));
      return mcp;
    };
    server = await served({ createServer, checks: {}, close: async () => undefined });
    const traceparent = `00-${"b".repeat(32)}-${"2".repeat(16)}-01`;
    client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: { pin: MODERN } } });
    await client.connect(
      new StreamableHTTPClientTransport(server.url, { requestInit: { headers: { traceparent } } }),
    );
    const _meta = { traceparent: `00-${"a".repeat(32)}-${"1".repeat(16)}-01` };
    await client.callTool({ name: "say", arguments: {}, _meta });
    await client.callTool({ name: "say", arguments: {} });
    await client.callTool({ name: "fail", arguments: {} });
    await client.callTool({ name: "none", arguments: {} }).catch(() => undefined);
    // Nothing was sent before: the end sends it.
    expect(collector.spans).toEqual([]);
    await stop();
  });

  afterAll(async () => {
    await client.close();
    await server.close();
    await collector.close();
  });

  const spansOf = (name: string) => collector.spans.filter((span) => span.name === name);

  it("takes a call's trace from its _meta, and else from the headers", () => {
    expect(spansOf("tools/call say")).toMatchObject([
      {
        service: "traced",
        kind: "SERVER",
        traceId: "a".repeat(32),
        parentId: "1".repeat(16),
        links: ["2".repeat(16)],
        attributes: {
          "mcp.method.name": "tools/call",
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": "say",
          "mcp.protocol.version": MODERN,
          "network.transport": "tcp",
        },
        status: { code: "UNSET" },
      },
      { traceId: "b".repeat(32), parentId: "2".repeat(16), links: [] },
    ]);
  });

  it("marks what a tool, or the server, refuses", () => {
    expect(spansOf("tools/call fail")).toMatchObject([
      { status: { code: "ERROR" }, attributes: { "error.type": "tool_error" } },
    ]);
    expect(spansOf("tools/call none")).toMatchObject([
      { status: { code: "ERROR", message: expect.stringContaining("none") as string } },
    ]);
  });

  it("writes the trace into what a tool logs", () => {
    const said = lines.filter(({ message }) => message === "said");
    expect(said.map(({ trace_id, span_id }) => [trace_id, span_id])).toEqual(
      spansOf("tools/call say").map(({ traceId, spanId }) => [traceId, spanId]),
    );
  });
});
