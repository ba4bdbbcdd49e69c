import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../../engine/docker";
import { overHttp } from "../support/mcp";
import { serversOf } from "../support/outputs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { all, type Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  describe("logs", () => {
    it("are those of all services in the order of time, or of the ones that are named", async () => {
      const { code, output } = await stack.command("logs", "--timestamps");
      expect(code).toBe(0);
      const lines = [...output.matchAll(/^(\S+) +\| (\d{4}-\S+Z) /gm)];
      expect(new Set(lines.map(([, service]) => service))).toEqual(new Set(all));
      const times = lines.map(([, , time]) => time ?? "");
      expect(times).toEqual(times.toSorted());

      const some = await stack.command("logs", "mariadb", "--tail", "2");
      expect(some.output.trim().split("\n")).toEqual([
        expect.stringMatching(/^mariadb \| /),
        expect.stringMatching(/^mariadb \| /),
      ]);
    });

    it("that are followed go on when a container is restarted or replaced, and end without a trace", async () => {
      const followed = stack.running("logs", "--follow", "--tail", "1", "mariadb-mcp", "postgres-mcp");
      const served = (service: string) =>
        followed.lines.filter((line) => line.startsWith(service) && line.includes('"serving"')).length;
      await until(() => followed.lines.length >= 2);
      const before = served("mariadb-mcp");
      expect((await stack.command("restart", "mariadb-mcp")).code).toBe(0);
      await until(() => served("mariadb-mcp") === before + 1);
      expect((await stack.command("rebuild", "mariadb-mcp", "--force")).code).toBe(0);
      await until(() => served("mariadb-mcp") === before + 2);
      expect(followed.lines.some((line) => line.includes('"stopped"'))).toBe(true);
      expect(await followed.end()).toBe(0);
      // Of the rebuild something of Pulumi's may still be ending.
      await until(async () => (await stack.processes()).length === 0);
    });

    it("find the lines of one call by its trace, and say where they looked for one that there is not", async () => {
      const trace = randomBytes(16).toString("hex");
      const headers = { traceparent: `00-${trace}-${"1".repeat(16)}-01` };
      const servers = await serversOf(stack);
      const wrong = { sql: "SELECT * FROM no_such_table" };
      for (const [server, tool, args] of [
        ["postgres-mcp", "query", wrong],
        ["mariadb-mcp", "query", wrong],
        ["python-experimental", "run_python", { code: "1 / 0" }],
      ] as const)
        await overHttp(servers[server]?.http ?? "", (session) => session.call(tool, args), headers);
      // What a program has written comes to the engine's log a moment later.
      let found = { code: 1, output: "" };
      await until(async () => {
        found = await stack.command("logs", "--trace", trace);
        return found.output.trim().split("\n").length === 3;
      });
      expect(found.code).toBe(0);
      expect(found.output).toMatch(/^postgres-mcp +\| .*"sqlstate":"42P01"/m);
      expect(found.output).toMatch(/^mariadb-mcp +\| .*"sqlstate":"42S02","code":"ER_NO_SUCH_TABLE"/m);
      expect(found.output).toMatch(/^python-experimental +\| .*"status": "error"/m);

      const none = await stack.command("logs", "--trace", randomBytes(16).toString("hex"), "mariadb-mcp");
      expect(none.code).toBe(1);
      expect(none.output).toMatch(/No line has the trace .*containers logged: mariadb-mcp\. .*traceparent/);
    });

    it("of a service that is none are refused, with the closest name", async () => {
      const { code, output } = await stack.command("logs", "mariadb-mpc");
      expect(code).toBe(2);
      expect(output).toMatch(/did you mean "mariadb-mcp"/);
    });
  });

  describe("shell", () => {
    it("runs a command in a service, with its standard output and exit code", async () => {
      expect(await stack.command("shell", "mariadb", "--", "sh", "-c", "id -u; exit 7")).toEqual({
        code: 7,
        output: "999\n",
      });
    });

    it("opens a shell that reads what it is given", async () => {
      const { code, output } = await stack.type(
        `echo 'echo "$0 in $HOSTNAME"; exit 3' | npm run --silent shell -- --stack ${stack.name} --config-file ${stack.configFile} mariadb`,
      );
      const { Id } = await stack.container("mariadb");
      expect({ code, output }).toEqual({ code: 3, output: `bash in ${Id.slice(0, 12)}\n` });
    });

    it("has the service's name in the prompt that a terminal shows", async () => {
      const line = `npm run --silent shell -- --stack ${stack.name} --config-file ${stack.configFile} mariadb`;
      const { output } = await stack.type(`echo exit | script -qec '${line}' /dev/null`);
      expect(output).toContain("@mariadb:");
    });

    it("says how to start a service that does not run", async () => {
      await docker(["stop", stack.containerName("mariadb-mcp")]);
      const { code, output } = await stack.command("shell", "mariadb-mcp");
      expect(code).toBe(1);
      const [, mend = "false"] = /mariadb-mcp does not run\. Mend it with: (.*)/.exec(output) ?? [];
      expect(await stack.type(mend)).toMatchObject({ code: 0 });
      expect((await stack.command("shell", "mariadb-mcp", "--", "true")).code).toBe(0);
    });
  });

  /** Waits for what the engine or a command does on its own. */
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(100);
  }
}

export const logsAndShells: Part<Small> = { title: "logs and shells of services", tests };
