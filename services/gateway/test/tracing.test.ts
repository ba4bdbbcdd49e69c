import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { type Collector, type ReceivedSpan, startCollector } from "../../host/test/otlp";
import { BundledProgram } from "../../host/test/program";
import { serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { type GatewayProcess, gatewayProcess } from "./processes";
import { connect, gatewayFor } from "./support";

describe("a call that is traced from its client through the gateway to a server", () => {
  const folder = mkdtempSync(join(tmpdir(), "traced-"));
  const program = new BundledProgram(join(__dirname, "..", "..", "filesystem", "src", "main.ts"));
  let collector: Collector;
  let gateway: GatewayProcess;
  let spans: ReceivedSpan[];
  const path = join(folder, "note.txt");

  /** A trace of the client's own for each call. */
  const ids = { trace: 0 };
  const trace = () => {
    const traceId = (ids.trace += 1).toString(16).padStart(32, "a");
    return { traceId, traceparent: `00-${traceId}-00000000000000c1-01` };
  };
  const cells = [
    ["modern", "/mcp", "files__read_text_file"],
    ["modern", "/mcp/files", "read_text_file"],
    ["legacy", "/mcp", "files__read_text_file"],
    ["legacy", "/mcp/files", "read_text_file"],
  ] as const;
  const traceIds = new Map<string, string>();

  /** Makes a call whose trace is in its `_meta`, as the protocol has it. */
  async function call(key: string, client: Client, name: string, args: Record<string, unknown>) {
    const { traceId, traceparent } = trace();
    traceIds.set(key, traceId);
    const _meta = { traceparent, tracestate: "vendor=1" };
    await client.callTool({ name, arguments: args, _meta }).catch(() => undefined);
  }

  beforeAll(async () => {
    writeFileSync(path, "hello");
    collector = await startCollector();
    // What is not sent as a process ends is not sent at all.
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "600000" };
    const host = await program.http({
      ...tracing,
      FILESYSTEM_READ_ROOTS: folder,
      OTEL_SERVICE_NAME: "files-server",
    });
    const servers = { files: { url: host.url.href } };
    gateway = await gatewayProcess({ host: "127.0.0.1", port: 0, drainSeconds: 1, servers }, tracing);
    for (const [era, at, tool] of cells) {
      const client = await connect(gateway.url(at), era);
      await call(`${era} ${at}`, client, tool, { path });
      await call(`${era} ${at} fails`, client, tool, { path: join(folder, "none.txt") });
      await client.close();
    }
    const byHeader = trace();
    traceIds.set("header", byHeader.traceId);
    const client = await connect(gateway.url(), "modern", {}, { traceparent: byHeader.traceparent });
    await client.callTool({ name: "files__read_text_file", arguments: { path } });
    await call("unknown", client, "none__such", {});
    await client.close();
    await gateway.stop();
    const ended = new Promise((resolve) => host.process.once("exit", resolve));
    host.process.kill("SIGTERM");
    await ended;
    spans = collector.spans;
  });

  afterAll(async () => {
    program.remove();
    await collector.close();
    rmSync(folder, { recursive: true });
  });

  /** The spans of a call's trace, from the client's side to the server's. */
  function chain(key: string): ReceivedSpan[] {
    const own = spans.filter(
      ({ traceId, name }) => traceId === traceIds.get(key) && name.startsWith("tools/call"),
    );
    const ordered: ReceivedSpan[] = [];
    for (let parent = "00000000000000c1"; ;) {
      const next = own.find(({ parentId }) => parentId === parent);
      if (!next) return ordered;
      ordered.push(next);
      parent = next.spanId;
    }
  }

  it.each(cells)("is one trace: %s at %s", (era, at, tool) => {
    expect(chain(`${era} ${at}`)).toMatchObject([
      {
        service: "mcp-gateway",
        kind: "SERVER",
        name: `tools/call ${tool}`,
        attributes: { "mcp.method.name": "tools/call", "gen_ai.tool.name": tool },
        status: { code: "UNSET" },
      },
      {
        service: "mcp-gateway",
        kind: "CLIENT",
        name: "tools/call read_text_file",
        attributes: { "gen_ai.tool.name": "read_text_file", "server.address": "127.0.0.1" },
        status: { code: "UNSET" },
      },
      {
        service: "files-server",
        kind: "SERVER",
        name: "tools/call read_text_file",
        attributes: { "gen_ai.operation.name": "execute_tool" },
        status: { code: "UNSET" },
      },
    ]);
  });

  it.each(cells)("shows in each span what failed: %s at %s", (era, at) => {
    const failed = { status: { code: "ERROR" }, attributes: { "error.type": "tool_error" } };
    expect(chain(`${era} ${at} fails`)).toMatchObject([failed, failed, failed]);
  });

  it("takes the trace from the headers where no message has one", () => {
    expect(chain("header").map(({ service, kind }) => `${service} ${kind}`)).toEqual([
      "mcp-gateway SERVER",
      "mcp-gateway CLIENT",
      "files-server SERVER",
    ]);
  });

  it("shows what the gateway itself refused", () => {
    expect(chain("unknown")).toMatchObject([
      { kind: "SERVER", status: { code: "ERROR", message: expect.stringContaining("none__such") as string } },
    ]);
  });

  it("is found again in the record of calls", () => {
    const records = gateway
      .log()
      .split("\n")
      .filter((line) => line.includes('"message":"call"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [span] = chain("legacy /mcp/files");
    expect(records).toContainEqual(
      expect.objectContaining({ trace_id: span?.traceId, span_id: span?.spanId, tool: "read_text_file" }),
    );
  });
});

it("leaves a client's trace as it is where tracing is off", async () => {
  const fixture = await serveFixture((serving) => toolbox("one", serving), "modern");
  const gateway = await gatewayFor({ one: fixture.url });
  const traceparent = `00-${"a".repeat(32)}-${"1".repeat(16)}-01`;
  const client = await connect(gateway.url("/mcp/one"), "modern", {}, { traceparent });
  await client.callTool({ name: "echo", arguments: { value: "" } });
  const calls = fixture.seen.filter(({ headers }) => headers["mcp-method"] === "tools/call");
  expect(calls.map(({ headers }) => headers.traceparent)).toEqual([traceparent]);
  await client.close();
  await gateway.stop();
  await fixture.close();
});
