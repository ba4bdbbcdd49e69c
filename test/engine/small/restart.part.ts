import { docker } from "../../../engine/docker";
import { collectEvents, type EngineEvent } from "../support/events";
import { runsOf } from "../support/runs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { expectHealthy, statusOf } from "../support/status";
import { all, databases, servers, type Small, readOnly } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  describe("restart, stop and start", () => {
    /** The services in the order in which the engine started them while something was done. */
    async function startsDuring(act: () => Promise<{ code: number; output: string }>): Promise<string[]> {
      const events = await collectEvents(stack.name);
      let seen: EngineEvent[] = [];
      const done = await act().finally(() => void (seen = events.stop()));
      expect(done).toMatchObject({ code: 0 });
      const started = seen.filter(({ action }) => action === "start");
      return started.map(({ container }) => container.replace(stack.prefix, ""));
    }
    const lowestFirst = (started: string[]) => {
      expect(new Set(started.slice(0, 2))).toEqual(new Set(databases));
      expect(new Set(started.slice(2))).toEqual(new Set(servers));
      expect(started).toHaveLength(all.length);
    };

    it("restart all tier by tier, and are done when all is healthy", async () => {
      const before = await runsOf(stack, all);
      lowestFirst(await startsDuring(() => stack.command("restart")));
      (await runsOf(stack, all)).forEach((run, index) => expect(run).not.toBe(before[index]));
      await expectHealthy(stack);
    });

    it("restart only the services that are named", async () => {
      const others = all.filter((service) => service !== "mariadb");
      const before = await runsOf(stack, others);
      expect(await startsDuring(() => stack.command("restart", "mariadb"))).toEqual(["mariadb"]);
      expect(await runsOf(stack, others)).toEqual(before);
    });

    it("refuse to begin where a container is missing, with what makes it", async () => {
      const holder = stack.containerName("python-experimental");
      await docker(["stop", stack.containerName("postgres-db")]);
      try {
        await docker(["rename", holder, `${holder}-away`]);
        const { code, output } = await stack.command("restart");
        expect(code).toBe(1);
        expect(output).toMatch(/No container here: python-experimental\. Make it with: npm run up/);
        // Refused before anything was done.
        expect((await stack.container("postgres-db")).State.Status).toBe("exited");
      } finally {
        await docker(["rename", `${holder}-away`, holder]);
        await stack.command("start");
      }
    });

    it("stop all for good, and start all from the lowest tier up, with their rows", async () => {
      await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
      expect((await stack.command("stop")).output).toMatch(/stay stopped until: npm run start/);
      const stopped = await statusOf(stack, "--unhealthy");
      expect(stopped.services.map(({ service, health, reason }) => [service, health, reason])).toEqual(
        all.map((service) => [service, "stopped", null]),
      );
      expect(stopped.advice?.command).toMatch(/^npm run start\b/);
      lowestFirst(await startsDuring(() => stack.command("start")));
      await expectHealthy(stack);
      expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
      await stack.psql("DROP TABLE kept");
      // A second one has nothing to do.
      const before = await runsOf(stack, all);
      expect(await startsDuring(() => stack.command("start"))).toEqual([]);
      expect(await runsOf(stack, all)).toEqual(before);
    });
  });

  describe("rebuild", () => {
    it("of what is up to date changes nothing", async () => {
      const before = await runsOf(stack, all);
      const { code, output } = await stack.command("rebuild", "postgres-mcp");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(/postgres-mcp: up to date already/);
      expect(await runsOf(stack, all)).toEqual(before);
    });

    it.each(["postgres-db", "postgres-mcp"])(
      "of %s replaces its container and leaves all others as they run, with the rows",
      async (service) => {
        await stack.psql("CREATE TABLE rebuilt AS SELECT 42 AS answer");
        const others = all.filter((other) => other !== service);
        const [[own], before] = [await runsOf(stack, [service]), await runsOf(stack, others)];
        const { code, output } = await stack.command("rebuild", service, "--force");
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).toMatch(/left alone: 4 of 4/);
        expect((await runsOf(stack, [service]))[0]).not.toBe(own);
        expect(await runsOf(stack, others)).toEqual(before);
        expect(await stack.psql("SELECT answer FROM rebuilt")).toBe("42");
        await stack.psql("DROP TABLE rebuilt");
        await expectHealthy(stack);
      },
    );

    it("leaves the state true", async () => {
      expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    });

    it("takes up what the settings say of the service, and nothing that they say of others", async () => {
      const others = all.filter((other) => other !== "postgres-mcp");
      const before = await runsOf(stack, others);
      stack.configure(readOnly(small()));
      const { code, output } = await stack.command("rebuild", "postgres-mcp");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect((await stack.container("postgres-mcp")).Config.Env).toContain("DATABASE_ACCESS=read");
      expect(await runsOf(stack, others)).toEqual(before);
    });
  });
}

export const restarts: Part<Small> = { title: "services that are restarted, stopped and rebuilt", tests };
