import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { pause } from "./support/pause";
import { TestStack } from "./support/stack";

let stack: TestStack;
afterEach(() => stack.remove());

describe("what goes wrong", () => {
  it("a container that was removed by hand is missed by an update, named, and brought back with its rows", async () => {
    stack = await TestStack.create();
    await stack.up();
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    await docker(["rm", "--force", stack.containerName("postgres-db")]);

    const missed = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(missed.code).not.toBe(0);
    expect(missed.output).toMatch(/does not exist[\s\S]*removed outside of Pulumi[\s\S]*npm run up/);

    await stack.up("--refresh");
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect((await stack.container("postgres-mcp")).State.Health?.Status).toBe("healthy");
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  });

  it("a health check that never passes fails the update at once with the last lines, until it is mended", async () => {
    const broken = {
      command: ["CMD-SHELL", "echo the probe says no; exit 3"],
      interval: 1,
      startPeriod: 1,
      retries: 2,
    };
    stack = await TestStack.create({ services: { mariadb: { probe: broken } }, healthTimeout: 3600 });
    const failed = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/Container \S+mariadb is unhealthy/);
    expect(failed.output).toMatch(/the probe says no/);
    expect(failed.output).toMatch(/Its last log lines:\n\s+\| \S/);
    // Nothing above the broken service was started.
    expect(await stack.onEngine("container")).not.toContain(stack.containerName("mariadb-mcp"));

    // A rerun gates it again, and a refresh does not talk it healthy.
    for (const options of [[], ["--refresh"]]) {
      const again = await stack.pulumi("up", "--yes", "--skip-preview", ...options);
      expect({ code: again.code, output: again.output }).not.toMatchObject({ code: 0 });
      expect(again.output).toMatch(/is unhealthy/);
    }

    stack.configure({});
    await stack.up();
    expect((await stack.container("mariadb-mcp")).State.Health?.Status).toBe("healthy");
  });

  it("a service that broke after the update is seen by the next one", async () => {
    stack = await TestStack.create();
    await stack.up();
    await pause(stack.containerName("mariadb-mcp"));
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/mariadb-mcp is paused/);
    await docker(["unpause", stack.containerName("mariadb-mcp")]);
    await stack.up();
  });

  it("an update that was killed is followed by a successful one, after one command", async () => {
    stack = await TestStack.create();
    const update = stack.start(["up", "--yes", "--skip-preview"]);
    const ended = once(update, "exit");
    // Killed at a bad time: the engine has containers that the state does not.
    while ((await stack.onEngine("container")).length === 0 && update.exitCode === null) await sleep(20);
    process.kill(-(update.pid ?? 0), "SIGKILL");
    await ended;
    // The project's own provider ends with Pulumi; those of others look after Pulumi only every five minutes.
    while ((await stack.processes(/mcpdocker/)).length > 0) await sleep(100);
    for (const left of await stack.processes()) process.kill(Number(left), "SIGKILL");

    const { code, output } = await stack.command("repair", "--yes");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/release the lock of process \d+/);
    await stack.up();
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect((await stack.command("repair")).output).toMatch(/nothing to repair/);
  });
});
