import { request } from "node:http";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { connected, type Era } from "../../host/test/program";
import { countedRequests, grown, scrape } from "../../host/test/support";
import type { Settings } from "../src/settings";
import { bundled, Cable, describeWith, environmentOf } from "./support";

const ERAS: Era[] = ["legacy", "modern"];
const SLEEP = { postgres: "SELECT pg_sleep(1)", mariadb: "SELECT SLEEP(1)" };

interface Structured {
  structuredContent?: { rows: Record<string, unknown>[] };
  content: { type: string; text: string }[];
  isError?: boolean;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Structured> {
  return (await client.callTool({ name, arguments: args })) as unknown as Structured;
}

describe("the program without a database", () => {
  const program = bundled();
  afterAll(() => program.remove());

  test("says what is wrong with its environment, and stops", async () => {
    const { code, stderr, stdout } = await program.run(["http"], {
      DATABASE_KIND: "oracle",
      DATABASE_PASSWORD: "geheim",
    });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/DATABASE_KIND: [^]*DATABASE_HOST is not set/);
    expect(stderr).not.toContain("geheim");
  });

  test("knows its subcommands", async () => {
    expect(await program.run(["serve"], {})).toMatchObject({
      code: 2,
      stderr: "usage: mcp-server [http|stdio|health]\n",
    });
  });

  test("health fails where nothing runs", async () => {
    const { code, stdout } = await program.run(["health"], { MCP_PORT: "9" });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^no answer on port 9: /)]);
  });

  test("starts without its database, is not ready, and says why", async () => {
    const {
      url,
      process: child,
      log,
    } = await program.http({
      DATABASE_KIND: "postgres",
      DATABASE_HOST: "127.0.0.1",
      DATABASE_PORT: "9",
      DATABASE_NAME: "none",
      DATABASE_USER: "none",
      DATABASE_PASSWORD: "geheim",
    });
    const answer = await program.run(["health"], { MCP_PORT: url.port });
    expect(answer).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^not ready: database: .*REFUSED/) as unknown,
    });
    const client = await connected("modern", new StreamableHTTPClientTransport(url));
    const result = await call(client, "query", { sql: "SELECT 1" });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(/^The database can't be reached: .*REFUSED/);
    expect(log()).toMatch(/"message":"call".*"error":"tool_error","code":"ECONNREFUSED"/);
    await client.close();
    child.kill();
  });
});

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, "the program", (settings: Settings) => {
    const program = bundled();
    const environment = environmentOf(settings);
    const reading = { ...environment, DATABASE_ACCESS: "read" };
    afterAll(() => program.remove());

    test("the log says how the database calls what it refused, and nothing of statements or values", async () => {
      const { url, log } = await program.http(environment);
      const client = await connected("modern", new StreamableHTTPClientTransport(url));
      const mark = kind === "postgres" ? "$1" : "?";
      const wrong = {
        table: { sql: "SELECT * FROM geheime_tabelle" },
        syntax: { sql: "SELECT FROM geheim WHERE" },
        refused: { sql: "DELETE FROM geheim" },
        value: { sql: `SELECT 1 / CAST(${mark} AS int) UNION SELECT geheim`, parameters: ["0"] },
      };
      for (const args of Object.values(wrong)) expect((await call(client, "query", args)).isError).toBe(true);
      const lines = log()
        .split("\n")
        .filter((line) => line.includes('"message":"call"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const named = {
        postgres: [
          { sqlstate: "42P01" },
          { sqlstate: "42601" },
          { reason: "refused" },
          { sqlstate: "42703" },
        ],
        mariadb: [
          { sqlstate: "42S02", code: "ER_NO_SUCH_TABLE" },
          { sqlstate: "42000", code: "ER_PARSE_ERROR" },
          { reason: "refused" },
          { sqlstate: "42S22", code: "ER_BAD_FIELD_ERROR" },
        ],
      };
      expect(lines).toMatchObject(
        named[kind].map((names) => ({ tool: "query", error: "tool_error", ...names })),
      );
      expect(log()).not.toContain("geheim");
      await client.close();
    });

    describe.each(ERAS)("a client of the %s era", (era) => {
      test("uses every tool and resource over HTTP", async () => {
        const { url } = await program.http(environment);
        const client = await connected(era, new StreamableHTTPClientTransport(url));
        expect(client.getServerVersion()?.name).toBe(`${kind}-mcp`);
        const { tools } = await client.listTools();
        expect(tools.map(({ name }) => name)).toEqual([
          "list_tables",
          "describe_table",
          "query",
          "execute",
          "explain",
        ]);
        expect(tools.find(({ name }) => name === "execute")?.annotations).toMatchObject({
          readOnlyHint: false,
          destructiveHint: true,
        });
        const table = `program_${era}`;
        await call(client, "execute", { sql: `CREATE TABLE ${table} (id int primary key)` });
        try {
          const inserted = await call(client, "execute", { sql: `INSERT INTO ${table} VALUES (41), (42)` });
          expect(inserted.structuredContent).toMatchObject({ affectedRows: 2 });
          for (const sql of ["BEGIN", "SAVEPOINT one", "ROLLBACK"]) {
            const refused = await call(client, "execute", { sql });
            expect(refused.isError).toBe(true);
            expect(refused.content[0]?.text).toMatch(/is refused: each call is a transaction of its own/);
          }
          const result = await call(client, "query", { sql: `SELECT max(id) AS id FROM ${table}` });
          expect(result.structuredContent).toMatchObject({
            rows: [{ id: 42 }],
            rowCount: 1,
            truncated: false,
          });
          expect(JSON.parse(result.content[0]?.text ?? "")).toEqual(result.structuredContent);
          const listed = await call(client, "list_tables");
          expect(JSON.stringify(listed.structuredContent)).toContain(table);
          const described = await call(client, "describe_table", { table });
          expect(described.structuredContent).toMatchObject({ primaryKey: ["id"] });
          const plan = await call(client, "explain", { sql: `SELECT * FROM ${table}` });
          expect(JSON.stringify(plan.structuredContent)).toContain(table);
          const { resources } = await client.listResources();
          const uri = resources.find((resource) => resource.uri.endsWith(`/${table}`))?.uri ?? "";
          const { contents } = await client.readResource({ uri });
          expect(JSON.stringify(contents)).toContain("primaryKey");
          await expect(client.readResource({ uri: `${uri}_none` })).rejects.toThrow(/not found/);
        } finally {
          await call(client, "execute", { sql: `DROP TABLE ${table}` });
          await client.close();
        }
      });

      test("uses it over stdio, with a process of its own and attached to the one that runs", async () => {
        const { log } = await program.http(reading);
        for (const socket of [undefined, program.socket]) {
          const transport = program.stdio(socket ? { ...reading, MCP_SOCKET: socket } : reading);
          const client = await connected(era, transport);
          const { tools } = await client.listTools();
          expect(tools.map(({ name }) => name)).not.toContain("execute");
          const result = await call(client, "query", { sql: "SELECT 1 AS one" });
          expect(result.structuredContent?.rows).toEqual([{ one: 1 }]);
          await client.close();
        }
        expect(log()).not.toContain("error");
      });
    });

    test("counts the calls over HTTP and stdio alike, and its connections", async () => {
      const { url } = await program.http(reading);
      expect(Object.keys(await countedRequests(url))).toEqual(
        ["list_tables", "describe_table", "query", "explain"].flatMap((tool) => [
          `tools/call ${tool} -`,
          `tools/call ${tool} tool_error`,
        ]),
      );
      for (const transport of [
        new StreamableHTTPClientTransport(url),
        program.stdio({ ...reading, MCP_SOCKET: program.socket }),
      ]) {
        const client = await connected("modern", transport);
        const before = await countedRequests(url);
        await call(client, "query", { sql: "SELECT 1" });
        await call(client, "query", { sql: "SELECT * FROM no_such_table" });
        await call(client, "explain", { sql: 1 });
        await expect(call(client, "drop_everything")).rejects.toThrow(/not found/);
        expect(grown(before, await countedRequests(url))).toEqual({
          "tools/call query -": 1,
          "tools/call query tool_error": 1,
          "tools/call explain invalid_arguments": 1,
          "tools/call _OTHER -32602": 1,
        });
        await client.close();
      }
      const connections = (await scrape(url)).filter(({ name }) => name === "db_client_connection_count");
      expect(connections.map(({ labels, value }) => [labels["db_client_connection_state"], value])).toEqual([
        ["idle", 1],
        ["used", 0],
      ]);
    });

    test("a failing statement is an error of the tool, with its SQLSTATE and no password", async () => {
      const { url, log } = await program.http(reading);
      const client = await connected("modern", new StreamableHTTPClientTransport(url));
      const result = await call(client, "query", { sql: "SELECT * FROM no_such_table" });
      expect(result.isError).toBe(true);
      expect(result.content[0]?.text).toMatch(/^SQLSTATE 42/);
      expect((await call(client, "query", { sql: "COMMIT" })).content[0]?.text).toMatch(/begins with COMMIT/);
      expect(JSON.stringify(result) + log()).not.toContain(settings.connection.password);
      await client.close();
    });

    if (kind === "mariadb")
      test("gives nobody the stored form of its password", async () => {
        const { url } = await program.http(environment);
        const client = await connected("modern", new StreamableHTTPClientTransport(url));
        const ways = [
          ["query", "SHOW GRANTS"],
          ["query", "SHOW CREATE USER"],
          ["execute", "EXECUTE IMMEDIATE 'SHOW GRANTS'"],
          ["execute", "BEGIN NOT ATOMIC SHOW CREATE USER; END"],
          ["query", "SELECT authentication_string AS 'IDENTIFIED' FROM mysql.user WHERE User = 'root'"],
        ] as const;
        for (const [tool, sql] of ways) {
          const result = await call(client, tool, { sql });
          expect(JSON.stringify(result)).toMatch(/IDENTIFIED.*\*\*\*/);
          expect(JSON.stringify(result)).not.toMatch(/\*[0-9A-F]{40}/i);
        }
        await client.close();
      });

    test("refuses web pages that point their own name at it", async () => {
      const { url } = await program.http({ ...reading, MCP_ALLOWED_HOSTS: "mcp.example.org" });
      const status = (headers: Record<string, string>) =>
        new Promise<number | undefined>((resolve, reject) => {
          request(new URL("/health", url), { headers }, (response) => resolve(response.resume().statusCode))
            .on("error", reject)
            .end();
        });
      expect(await status({ host: "evil.example" })).toBe(403);
      expect(await status({ host: "mcp.example.org" })).toBe(200);
      expect(await status({ host: `${kind}-mcp:8000` })).toBe(200);
      expect(await status({ origin: "https://evil.example" })).toBe(403);
      expect(await status({ origin: "http://localhost:6274" })).toBe(200);
    });

    test("a call in flight ends before the process does, which is not ready for new ones", async () => {
      const { url, process: child, log } = await program.http(reading);
      const client = await connected("legacy", new StreamableHTTPClientTransport(url));
      const slow = call(client, "query", { sql: SLEEP[kind] });
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill("SIGTERM");
      const exited = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await fetch(new URL("/health", url))).status).toBe(503);
      expect((await slow).isError).toBeUndefined();
      expect(await exited).toBe(0);
      expect(log()).toMatch(/"stopping".*"calls":1[^]*"stopped"/);
      await client.close().catch(() => undefined);
    });

    test("gets over a database that goes without a word", async () => {
      const cable = new Cable(settings.connection);
      await cable.plug();
      const { url } = await program.http({
        ...reading,
        DATABASE_HOST: "127.0.0.1",
        DATABASE_PORT: String(cable.port),
      });
      const health = async () => (await program.run(["health"], { MCP_PORT: url.port })).stdout;
      expect(await health()).toBe("ready\n");
      cable.silence();
      expect(await health()).toMatch(/^not ready: database: no answer within/);
      expect(await health()).toBe("ready\n");
      await cable.cut();
    });

    test("gets over a restart of its database by itself", async () => {
      const cable = new Cable(settings.connection);
      await cable.plug();
      const { url, process: child } = await program.http({
        ...reading,
        DATABASE_HOST: "127.0.0.1",
        DATABASE_PORT: String(cable.port),
      });
      const health = async () => (await program.run(["health"], { MCP_PORT: url.port })).code;
      const client = await connected("modern", new StreamableHTTPClientTransport(url));
      const query = (sql: string) => call(client, "query", { sql });
      expect((await query("SELECT 1 AS x")).structuredContent?.rows).toEqual([{ x: 1 }]);
      expect(await health()).toBe(0);
      const cutOff = query(SLEEP[kind]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await cable.cut();
      expect((await cutOff).isError).toBe(true);
      expect(await health()).toBe(1);
      expect((await query("SELECT 1 AS x")).content[0]?.text).toMatch(/^The database can't be reached/);
      await cable.plug();
      expect(await health()).toBe(0);
      expect((await query("SELECT 1 AS x")).structuredContent?.rows).toEqual([{ x: 1 }]);
      expect(child.exitCode).toBeNull();
      await client.close();
      await cable.cut();
    });
  }),
);
