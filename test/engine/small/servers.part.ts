import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { overHttp, overStdio } from "../support/mcp";
import { type Endpoint, serversOf } from "../support/outputs";
import { runsOf } from "../support/runs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { all, type Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  let servers: Record<string, Endpoint>;

  beforeAll(async () => {
    ({ stack } = small());
    servers = await serversOf(stack);
  });

  const endpoint = (server: string) => {
    const found = servers[server];
    if (!found) throw new Error(`no ${server} among the outputs`);
    return found;
  };

  describe.each([
    ["postgres-mcp", "CREATE TABLE fruit (id serial PRIMARY KEY, name text)", "$1"],
    ["mariadb-mcp", "CREATE TABLE fruit (id int AUTO_INCREMENT PRIMARY KEY, name text)", "?"],
  ])("%s", (server, createTable, placeholder) => {
    it("lists its tools over stdio and HTTP alike", async () => {
      const { http, stdio } = endpoint(server);
      const tools = await overHttp(http, (session) => session.toolNames());
      expect(tools).toEqual(expect.arrayContaining(["describe_table", "execute", "list_tables", "query"]));
      expect(await overStdio(stdio, (session) => session.toolNames())).toEqual(tools);
    });

    it("gives back over HTTP the rows that were inserted over stdio, and the other way round", async () => {
      const { http, stdio } = endpoint(server);
      const insert = (name: string) => ({
        sql: `INSERT INTO fruit (name) VALUES (${placeholder})`,
        parameters: [name],
      });
      await overStdio(stdio, async (session) => {
        expect(await session.call("execute", { sql: createTable })).toMatchObject({ isError: false });
        expect(await session.call("execute", insert("apple"))).toMatchObject({ isError: false });
      });
      await overHttp(http, async (session) => {
        const { structured } = await session.call("query", { sql: "SELECT name FROM fruit" });
        expect(structured.rows).toEqual([{ name: "apple" }]);
        await session.call("execute", insert("pear"));
      });
      await overStdio(stdio, async (session) => {
        const { structured } = await session.call("query", { sql: "SELECT name FROM fruit ORDER BY id" });
        expect(structured.rows).toEqual([{ name: "apple" }, { name: "pear" }]);
      });
    });
  });

  describe("python-experimental", () => {
    const runPython = (code: string) =>
      overHttp(endpoint("python-experimental").http, (session) => session.call("run_python", { code }));

    it("reads the rows of both databases", async () => {
      const { structured, text } = await runPython(`
from databases import mariadb, postgres
names = []
for connect in (postgres, mariadb):
    with connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM fruit ORDER BY id")
            names.append([row[0] for row in cursor.fetchall()])
names
`);
      expect({ text, result: structured.result }).toMatchObject({
        result: "[['apple', 'pear'], ['apple', 'pear']]",
      });
    });

    it("may not write where the settings do not grant it, whatever the session says", async () => {
      const { text } = await runPython(`
from databases import mariadb, postgres
for connect, unlock in ((postgres, "SET TRANSACTION READ WRITE"), (mariadb, "SET SESSION TRANSACTION READ WRITE")):
    with connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute(unlock)
            try:
                cursor.execute("INSERT INTO fruit (name) VALUES ('worm')")
            except Exception as error:
                print(type(error).__name__, error)
`);
      expect(text).toMatch(/permission denied for table fruit/);
      expect(text).toMatch(/INSERT command denied/);
    });

    it("reaches nothing but the databases", async () => {
      const server = createServer((_request, response) => response.end("reached")).listen(0, "0.0.0.0");
      await once(server, "listening");
      const gateway = stack.address(1);
      const { port } = server.address() as AddressInfo;
      const { text } = await runPython(
        `import urllib.request; print(urllib.request.urlopen("http://${gateway}:${port}", timeout=3).read())`,
      );
      server.close();
      expect(text).not.toContain("reached");
      expect(text).toMatch(/not permitted|PermissionError/);
    });

    it("answers over stdio too", async () => {
      const answer = await overStdio(endpoint("python-experimental").stdio, (session) =>
        session.call("run_python", { code: "6 * 7" }),
      );
      expect(answer.structured.result).toBe("42");
    });
  });

  it("lose a right that the settings no longer grant, and only the one that is told so is replaced", async () => {
    const untouched = all.filter((service) => service !== "postgres-mcp");
    const before = await runsOf(stack, untouched);
    const { services } = small().settings;
    stack.configure({
      services: { ...services, "postgres-mcp": { ...services["postgres-mcp"], access: "read" } },
    });
    await stack.up();
    expect(await runsOf(stack, untouched)).toEqual(before);
    const { http } = endpoint("postgres-mcp");
    expect(await overHttp(http, (session) => session.toolNames())).not.toContain("execute");
    const drop = await overHttp(http, (session) => session.call("query", { sql: "DROP TABLE fruit" }));
    expect(drop.isError).toBe(true);
    await stack.psql("DROP TABLE fruit");
    await overHttp(endpoint("mariadb-mcp").http, (session) =>
      session.call("execute", { sql: "DROP TABLE fruit" }),
    );
  });
}

export const mcpServers: Part<Small> = { title: "MCP servers", tests };
