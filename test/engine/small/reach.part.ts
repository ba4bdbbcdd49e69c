import { docker } from "../../../engine/docker";
import { overHttp } from "../support/mcp";
import { serversOf } from "../support/outputs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { all, type Small } from "./stack";

/** What was put in by hand, where no server looks by default. */
const aside = { "postgres-mcp": "sales", "mariadb-mcp": "shop" } as const;
type Server = keyof typeof aside;

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  const mariadb = (sql: string) =>
    docker([
      ...["exec", "--env", `SQL=${sql}`, stack.containerName("mariadb"), "sh", "-c"],
      'MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -u root -BNe "$SQL"',
    ]);
  const ask = async (server: Server, tool: string, args: Record<string, unknown> = {}) =>
    overHttp((await serversOf(stack))[server]?.http ?? "", (session) => session.call(tool, args));
  const rowsOf = (server: Server) => ask(server, "query", { sql: `SELECT one FROM ${aside[server]}.orders` });
  const containers = () => Promise.all(all.map(async (name) => (await stack.container(name)).Id));

  describe("what a server may reach", () => {
    it("is told where it is not enough, opened and closed by settings, in the containers that there are", async () => {
      const make = (what: string) => `CREATE ${what}; CREATE TABLE`;
      await stack.psql(`${make("SCHEMA sales")} sales.orders AS SELECT 1 AS one`);
      await mariadb(`${make("DATABASE shop")} shop.orders SELECT 1 AS one`);
      const before = await containers();
      const servers = Object.keys(aside) as Server[];
      const settingOf = { "postgres-mcp": "schemas", "mariadb-mcp": "databases" };
      for (const server of servers) {
        const setting = `mcp:services.${server}.${settingOf[server]}`;
        expect(await rowsOf(server)).toMatchObject({
          isError: true,
          text: expect.stringContaining(setting) as string,
        });
        expect((await ask(server, "list_tables")).text).toContain(setting);
      }

      const { settings } = small();
      const services = {
        ...settings.services,
        "postgres-mcp": { ...settings.services["postgres-mcp"], schemas: ["public", "sales", "not there"] },
        "mariadb-mcp": { ...settings.services["mariadb-mcp"], databases: ["mcp", "shop"] },
      };
      stack.configure({ ...settings, services });
      await stack.up();
      for (const command of ["preview", "drift"]) {
        const { code, output } = await stack.command(command);
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).toMatch(
          /The schema "not there" of postgres-db, which postgres-mcp .* is not there yet: it will be opened by the first npm run up /,
        );
        expect(output).not.toMatch(/"(public|sales|mcp|shop)"/);
      }
      for (const server of servers) expect((await rowsOf(server)).structured.rows).toEqual([{ one: 1 }]);
      expect(await containers()).toEqual(before);

      await stack.psql("REVOKE USAGE ON SCHEMA sales FROM mcp_read_sales");
      await mariadb("REVOKE SELECT ON shop.* FROM mariadb_mcp");
      const drift = await stack.command("drift");
      for (const told of ["not USAGE on schema sales", "not SELECT on shop.*"])
        expect(drift.output).toContain(told);
      expect((await stack.command("drift", "--fix")).code).toBe(0);
      for (const server of servers) expect((await rowsOf(server)).isError).toBe(false);

      stack.configure(settings);
      await stack.up();
      for (const server of servers) expect((await rowsOf(server)).isError).toBe(true);
      expect(await containers()).toEqual(before);
      expect(await stack.psql("SELECT count(*) FROM sales.orders")).toBe("1");
      expect((await stack.command("drift")).output).toBe(`${stack.name}: as it should be.\n`);
      await stack.psql("DROP SCHEMA sales CASCADE");
      await mariadb("DROP DATABASE shop");
    });

    it("is brought about without a warning in the databases' logs", async () => {
      for (const database of ["postgres-db", "mariadb"]) {
        const lines: string[] = [];
        await docker(["logs", stack.containerName(database)], { onLine: (line) => lines.push(line) });
        expect(lines.length).toBeGreaterThan(0);
        // How many files a process may open is the machine's matter, and who broke off that of other tests on the stack.
        const others = /max_open_files|Aborted connection/;
        expect(lines.filter((line) => /warning/i.test(line) && !others.test(line))).toEqual([]);
      }
    });
  });
}

export const reach: Part<Small> = { title: "what a server may reach", tests };
