import { randomBytes } from "node:crypto";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { connected } from "../../host/test/program";
import { openDatabase } from "../src/open-database";
import { bundled, describeWith, environmentOf } from "./support";

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, "what the user may not reach", (settings) => {
    const program = bundled();
    const name = `r${randomBytes(4).toString("hex")}`;
    const setting = `mcp:services.${kind}-mcp.${kind === "postgres" ? "schemas" : "databases"}`;
    const administrator = openDatabase(settings);
    const byHand = async (statements: Record<typeof kind, string[]>) => {
      for (const sql of statements[kind]) await administrator.execute({ sql, parameters: [] });
    };
    let client: Awaited<ReturnType<typeof connected>>;

    beforeAll(async () => {
      await byHand({
        postgres: [
          `CREATE ROLE ${name} LOGIN PASSWORD 'secret'`,
          `CREATE SCHEMA ${name}`,
          `CREATE TABLE ${name}.orders (one int)`,
        ],
        mariadb: [
          `CREATE USER ${name} IDENTIFIED BY 'secret'`,
          `GRANT SELECT ON ${settings.connection.database}.* TO ${name}`,
          `CREATE DATABASE ${name}`,
          `CREATE TABLE ${name}.orders (one int)`,
        ],
      });
      const user = { DATABASE_USER: name, DATABASE_PASSWORD: "secret" };
      const { url } = await program.http({
        ...environmentOf(settings),
        ...user,
        DATABASE_REACH_SETTING: setting,
      });
      client = await connected("modern", new StreamableHTTPClientTransport(url));
    });
    afterAll(async () => {
      await client.close();
      program.remove();
      await byHand({
        postgres: [`DROP SCHEMA ${name} CASCADE`, `DROP ROLE ${name}`],
        mariadb: [`DROP DATABASE ${name}`, `DROP USER ${name}`],
      });
      await administrator.close();
    });

    const called = async (tool: string, args: Record<string, unknown> = {}) =>
      (await client.callTool({ name: tool, arguments: args })) as unknown as {
        content: { text: string }[];
        structuredContent?: { tables: { schema: string }[]; unreachable?: string[]; hint?: string };
      };

    test("list_tables says that there is more, and which setting opens it", async () => {
      const { structuredContent } = await called("list_tables");
      expect(structuredContent?.tables.map(({ schema }) => schema)).not.toContain(name);
      expect(structuredContent?.hint).toContain(setting);
      // MariaDB shows no names of what is out of reach.
      if (kind === "postgres") expect(structuredContent?.unreachable).toContain(name);
    });

    test("to ask for its tables fails with that setting", async () => {
      const { content } = await called("list_tables", { schema: name });
      expect(content[0]?.text).toMatch(/no ".*" that this user may see[^]*\nHint: /);
      expect(content[0]?.text).toContain(setting);
    });

    test("a statement that asks for it fails with that setting; others fail without", async () => {
      const denied = await called("query", { sql: `SELECT * FROM ${name}.orders` });
      expect(denied.content[0]?.text).toMatch(
        /denied[^]*\nHint: what this server may reach is the setting mcp:/,
      );
      expect(denied.content[0]?.text).toContain(setting);
      const wrong = await called("query", { sql: "SELECT * FROM no_such_table" });
      expect(wrong.content[0]?.text).not.toContain("mcp:services");
    });
  }),
);
