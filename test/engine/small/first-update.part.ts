import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { collectEvents, type EngineEvent } from "../support/events";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  let collected: Awaited<ReturnType<typeof collectEvents>> | undefined;
  let events: EngineEvent[];
  beforeAll(() => ({ stack } = small()));
  afterAll(() => void collected?.stop());

  it("that was killed is followed by a successful one, after one command", async () => {
    collected = await collectEvents(stack.name);
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
    events = collected.stop();
    expect((await stack.command("repair")).output).toMatch(/nothing to repair/);
  });

  it.each([
    ["postgres-mcp", "postgres-db"],
    ["mariadb-mcp", "mariadb"],
    ["python-experimental", "postgres-db"],
    ["python-experimental", "mariadb"],
  ])("started %s after the health check of %s had passed, by the engine's own clock", (server, database) => {
    const answered = first(database, { action: "exec_die", exitCode: 0 });
    expect(first(server, { action: "start" })).toBeGreaterThan(answered);
  });

  /** When the engine first saw an event of a service's container. */
  function first(service: string, what: Partial<EngineEvent>): bigint {
    const event = events.find(
      (found) =>
        found.container === stack.containerName(service) &&
        Object.entries(what).every(([key, value]) => found[key as keyof EngineEvent] === value),
    );
    if (!event) throw new Error(`no ${JSON.stringify(what)} of ${service} among ${events.length} events`);
    return event.nanoseconds;
  }
}

export const firstUpdate: Part<Small> = { title: "the first update of a stack", fromNothing: true, tests };
