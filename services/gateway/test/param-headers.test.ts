import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { marksOf, paramHeaders } from "../src/upstream/param-headers";
import { type Fixture, serveFixture } from "./fixture/serve";
import { connect, gatewayFor, modernRequest, textOf } from "./support";

let fixture: Fixture;
let old: Fixture;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;

/** A server with a tool that wants an argument repeated in a header, as those may that send calls to regions. */
function regional(): McpServer {
  const server = new McpServer({ name: "regional", version: "1.0.0" });
  const region = z.string().meta({ "x-mcp-header": "Region" });
  server.registerTool("run", { inputSchema: z.object({ region }) }, ({ region: where }) => ({
    content: [{ type: "text", text: `ran in ${where}` }],
  }));
  return server;
}

beforeAll(async () => {
  fixture = await serveFixture(regional, "modern");
  old = await serveFixture(regional, "legacy");
  gateway = await gatewayFor({ regional: fixture.url, old: old.url });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([fixture.close(), old.close()]);
});

describe.each(["modern", "legacy"] as const)(
  "a %s client's argument that a server wants in a header",
  (era) => {
    it.each([
      ["/mcp", "regional__run"],
      ["/mcp/regional", "run"],
      ["/mcp", "old__run"],
      ["/mcp/old", "run"],
    ])("is there at %s, whatever is in it", async (path, name) => {
      const client = await connect(gateway.url(path), era);
      await client.listTools();
      for (const region of ["us-west1", "Zürich", " "]) {
        expect(textOf(await client.callTool({ name, arguments: { region } }))).toBe(`ran in ${region}`);
      }
      await client.close();
    });
  },
);

it.each([
  ["/mcp", "old__run"],
  ["/mcp/old", "run"],
])("must be what the body says at %s, though the legacy server can't tell", async (path, name) => {
  const ask = async (region: string, header?: string) => {
    const headers: Record<string, string> = header === undefined ? {} : { "mcp-param-region": header };
    const params = { name, arguments: { region } };
    const response = await fetch(gateway.url(path), modernRequest({ method: "tools/call", params, headers }));
    const { error, result } = (await response.json()) as { error?: { code: number }; result?: unknown };
    return error ? `${response.status} ${error.code}` : textOf(result);
  };
  expect(await ask("north", "south")).toBe("400 -32020");
  expect(await ask("north", "north")).toBe("ran in north");
  expect(await ask("north", "=?base64?bm9ydGg=?=")).toBe("ran in north");
  expect(await ask("north")).toBe("400 -32020");
});

it("is found at any depth of properties, and left out where it is absent", () => {
  const marked = (header: string) => ({ type: "string", "x-mcp-header": header });
  const schema = {
    properties: {
      a: marked("A"),
      b: { properties: { c: marked("C"), d: marked("D"), e: { type: "integer", "x-mcp-header": "E" } } },
      bad: marked("no token"),
    },
  };
  const args = { a: "x", b: { c: "é", d: null, e: 7 }, bad: "y" };
  expect(paramHeaders(marksOf(schema), args)).toEqual({
    "mcp-param-a": "x",
    "mcp-param-c": "=?base64?w6k=?=",
    "mcp-param-e": "7",
  });
});
