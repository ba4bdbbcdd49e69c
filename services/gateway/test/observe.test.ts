import { createLogger } from "../../host/log";
import { eventually, scrape } from "../../host/test/support";
import { checkSettings } from "../src/config/load";
import { type Gateway, startGateway } from "../src/server";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, modernRequest } from "./support";

const lines: Record<string, unknown>[] = [];
const log = createLogger("info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));

let fixture: Fixture;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  fixture = await serveFixture((serving) => toolbox("one", serving), "both");
  const settings = { host: "127.0.0.1", port: 0, drainSeconds: 1, servers: { one: { url: fixture.url } } };
  gateway = await startGateway(checkSettings(settings), log);
  url = `http://127.0.0.1:${gateway.port}`;
});

afterAll(async () => {
  await gateway.stop();
  await fixture.close();
});

it.each([
  ["modern", "/mcp", "one__echo"],
  ["modern", "/mcp/one", "echo"],
  ["legacy", "/mcp", "one__echo"],
  ["legacy", "/mcp/one", "echo"],
] as const)(
  "counts and records the calls of a %s client at %s, but not what was in them",
  async (era, path, tool) => {
    const counted = async () => {
      const labels = {
        server: "one",
        mcp_method_name: "tools/call",
        gen_ai_tool_name: "echo",
        outcome: "answered",
      };
      const samples = await scrape(new URL(url));
      const found = samples.find(
        (sample) =>
          sample.name === "mcp_gateway_request_duration_seconds_count" &&
          Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
      );
      return found?.value ?? 0;
    };
    const before = await counted();
    lines.length = 0;
    const client = await connect(`${url}${path}`, era);
    await client.callTool({ name: tool, arguments: { value: "between the two of us" } });
    await eventually(async () => (await counted()) === before + 1);
    expect(lines.filter(({ message }) => message === "call")).toEqual([
      expect.objectContaining({
        principal: "anonymous",
        server: "one",
        tool,
        outcome: "answered",
        status: 200,
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain("between the two of us");
    await client.close();
  },
);

it.each(["/mcp", "/mcp/one"])(
  "records arguments at %s where that is asked for, without secrets",
  async (path) => {
    const settings = {
      host: "127.0.0.1",
      port: 0,
      drainSeconds: 1,
      servers: { one: { url: fixture.url } },
      auditArgumentBytes: 200,
    };
    const asked = await startGateway(checkSettings(settings), log);
    lines.length = 0;
    const client = await connect(`http://127.0.0.1:${asked.port}${path}`, "modern");
    const name = path === "/mcp" ? "one__echo" : "echo";
    const secrets = {
      password: "hunter22",
      nested: { "X-Api-Key": "hunter22", header: "Authorization: Bearer hunter22hunter22" },
      url: "postgres://me:hunter22@db/main",
    };
    await client.callTool({ name, arguments: { value: "plain", ...secrets } });
    await client.callTool({ name, arguments: { value: "é".repeat(5000) } });
    await client.close();
    await asked.stop();
    const [first, second] = lines.filter(({ message }) => message === "call");
    expect(JSON.parse(String(first?.arguments))).toEqual({
      value: "plain",
      password: "(secret)",
      nested: { "X-Api-Key": "(secret)", header: "Authorization: (secret)" },
      url: "postgres://me:(secret)@db/main",
    });
    expect(Buffer.byteLength(String(second?.arguments))).toBeLessThanOrEqual(200 + "…".length * 3);
    expect(JSON.stringify(lines)).not.toContain("hunter22");
  },
);

it("makes no series of names that clients make up", async () => {
  for (const name of ["made-up", "none__made-up", "one__made-up"]) {
    await fetch(`${url}/mcp`, { ...modernRequest({ method: "tools/call", params: { name } }), body: "{}" });
  }
  const labels = (await scrape(new URL(url))).map((sample) => JSON.stringify(sample.labels)).join();
  expect(labels).not.toContain("made-up");
  expect(labels).not.toContain('"none"');
});
