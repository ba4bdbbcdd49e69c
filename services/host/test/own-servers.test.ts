import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import type { McpServerFactory } from "@modelcontextprotocol/server";
import { boundServer, handleServer } from "../../browser/src/server";
import { serverFactory as filesystem } from "../../filesystem/src/server";
import { serverFactory as search } from "../../search/src/server";
import { serverFactory as sql } from "../../sql-mcp/src/server";
import { type Served, served } from "./serving";

/** What the servers work with is not reached here: arguments are looked at before. */
const nothing = {} as never;
const roots = { list: [] } as never;
const limits = { milliseconds: 1000, rows: 10, bytes: 1024 };
const sqlServer = (kind: "postgres" | "mariadb") =>
  sql(
    nothing,
    { kind, access: "write", limits, connection: { database: "d", password: "" }, connections: 1 } as never,
    "1",
  );

/** Every server of the project with tools of its own, with all of them; python-experimental has the same tests of its own. */
const servers: Record<string, McpServerFactory> = {
  "sql-mcp of PostgreSQL": sqlServer("postgres"),
  "sql-mcp of MariaDB": sqlServer("mariadb"),
  filesystem: filesystem(
    { roots, writer: nothing, settings: { readable: ["/r"], writable: ["/w"], read: { bytes: 1 } } as never },
    "1",
  ),
  search: search({ roots, queue: nothing, settings: limits as never, index: nothing }, "1"),
  "browser by handle": () => handleServer(nothing, nothing, "1"),
  "browser by connection": () => boundServer(nothing, nothing, "1"),
};

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

/** The parts of a schema that have arguments: itself, and what is in its lists and alternatives. */
function partsOf(schema: unknown): Schema[] {
  if (typeof schema !== "object" || schema === null) return [];
  const below = Object.values(schema).flatMap(partsOf);
  const { properties } = schema as Schema;
  return typeof properties === "object" ? [schema, ...below] : below;
}

describe.each(Object.keys(servers))("%s", (name) => {
  let server: Served;
  const clients: Partial<Record<"legacy" | "modern", Client>> = {};
  beforeAll(async () => {
    server = await served({ createServer: servers[name]!, checks: {}, close: async () => undefined });
    for (const era of ["legacy", "modern"] as const) clients[era] = await server.client(era);
  });
  afterAll(() => server.close());

  test.each(["legacy", "modern"] as const)("promises a %s client no news that it never sends", (era) => {
    const { tools, resources, prompts } = clients[era]!.getServerCapabilities() ?? {};
    expect(tools).toBeDefined();
    for (const promised of [tools, resources, prompts]) {
      expect(promised?.listChanged ?? false).toBe(false);
      expect((promised as { subscribe?: boolean } | undefined)?.subscribe ?? false).toBe(false);
    }
  });

  test("says in each tool's schema that there are no further arguments", async () => {
    const { tools } = await clients.modern!.listTools();
    expect(tools.length).toBeGreaterThan(0);
    for (const { name: tool, inputSchema } of tools) {
      const parts = partsOf(inputSchema);
      expect([tool, parts.length > 0]).toEqual([tool, true]);
      for (const { additionalProperties } of parts)
        expect([tool, additionalProperties]).toEqual([tool, false]);
    }
  });

  test.each(["legacy", "modern"] as const)(
    "refuses what a tool does not have, and tells a %s client what it has",
    async (era) => {
      const { tools } = await clients[era]!.listTools();
      for (const { name: tool, inputSchema } of tools) {
        const names = Object.keys(inputSchema.properties ?? {});
        const near = names[0] === undefined ? "sql" : `${names[0]}s`;
        for (const unknown of [near, "heard of by nobody", "constructor"]) {
          const result = await clients[era]!.callTool({ name: tool, arguments: { [unknown]: 1 } });
          const [{ text = "" } = {}] = result.content as { text?: string }[];
          expect(result.isError).toBe(true);
          expect(text).toContain(`Invalid arguments for tool ${tool}: `);
          expect(text).toContain(`there is no argument "${unknown}"`);
          expect(text).toContain(names.length === 0 ? "it takes none" : names.join(", "));
        }
      }
    },
  );
});

describe("parts of arguments", () => {
  const call = async (name: string, tool: string, args: Record<string, unknown>) => {
    const server = await served({ createServer: servers[name]!, checks: {}, close: async () => undefined });
    const client = await server.client("modern");
    // What belongs to the protocol is no argument.
    const _meta = { "example.com/mine": 1, traceparent: `00-${"a".repeat(32)}-${"1".repeat(16)}-01` };
    const result = await client.callTool({ name: tool, arguments: args, _meta });
    await server.close();
    return { isError: result.isError ?? false, text: (result.content as { text: string }[])[0]!.text };
  };

  test.each([
    [
      "filesystem",
      "edit_file",
      { path: "a", edits: [{ oldText: "a", newText: "b", replaceAll: true }] },
      'edits.0: there is no argument "replaceAll" here; there are oldText, newText',
    ],
    [
      "browser by connection",
      "browser_fill_form",
      { fields: [{ target: "e1", value: "x", name: "x", ref: "e1" }] },
      'fields.0: there is no argument "name" or "ref" here; there are target, type, value',
    ],
  ])("of %s are refused as well: %s", async (name, tool, args, message) => {
    const { isError, text } = await call(name, tool, args);
    expect(isError).toBe(true);
    expect(text).toContain(message);
  });

  test("that are values are the client's own, and so is `_meta`", async () => {
    const parameters = [{ any: { thing: 1 } }];
    expect(
      (await call("sql-mcp of PostgreSQL", "query", { sql: "SELECT $1", parameters })).text,
    ).not.toContain("there is no argument");
    expect(await call("filesystem", "list_allowed_directories", {})).toEqual({
      isError: false,
      text: "Allowed directories:",
    });
  });
});

test("every server with tools of its own is among these", () => {
  const services = join(__dirname, "..", "..");
  const sourcesOf = (service: string) => {
    const folder = join(services, service, "src");
    if (!statSync(folder, { throwIfNoEntry: false })) return "";
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n");
  };
  const making = readdirSync(services).filter((service) => /registerTool\(/.test(sourcesOf(service)));
  expect(making).toEqual([...new Set(Object.keys(servers).map((name) => name.split(" ")[0]))].sort());
});
