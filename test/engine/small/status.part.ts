import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceStatus } from "../../../cli/operate/status/types";
import { docker } from "../../../engine/docker";
import { pause } from "../support/pause";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { expectHealthy, statusOf } from "../support/status";
import { all, type Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  it("shows every service of a stack that is well", async () => {
    const { code, output } = await stack.command("status");
    expect(code).toBe(0);
    for (const service of all) expect(output).toMatch(new RegExp(`^ +[12] +${service} +healthy +`, "m"));
    expect(output).toMatch(/all 5 services are healthy\.\s*$/);
    expect(output).not.toContain("\x1b["); // no colours where nobody sees them
    const unhealthy = await stack.command("status", "--unhealthy");
    expect(unhealthy.code).toBe(0);
    expect(unhealthy.output.trim().split("\n")).toHaveLength(1);
  });

  it("tells scripts what the engine has", async () => {
    const { healthy, services, advice } = await statusOf(stack);
    expect({ healthy, advice }).toEqual({ healthy: true, advice: null });
    expect(services.map(({ service }) => service)).toEqual(all);
    const { Image, State } = await stack.container("mariadb");
    expect(services.find(({ service }) => service === "mariadb")).toMatchObject({
      tier: 1,
      container: stack.containerName("mariadb"),
      address: stack.address(21),
      startedAt: State.StartedAt,
      restarts: 0,
      memory: { limit: 512 * 1024 ** 2, used: expect.any(Number) as number },
      image: { name: "mariadb", id: Image },
    } satisfies Partial<ServiceStatus>);
  });

  it("tells of a service that an operator holds, and how to start that one", async () => {
    await stack.command("stop", "mariadb-mcp");
    const { services, advice } = await statusOf(stack, "--unhealthy");
    expect(services).toMatchObject([
      { service: "mariadb-mcp", health: "stopped", held: true, address: null },
    ]);
    expect((await stack.command("status")).output).toMatch(/^ +2 +mariadb-mcp +held +-/m);
    expect(await stack.type(advice?.command ?? "false")).toMatchObject({ code: 0 });
    await expectHealthy(stack);
  });

  it("tells addresses as the engine has them, and how one that is off the network comes back", async () => {
    const network = `${stack.prefix}mcp-cluster`;
    await docker(["network", "disconnect", network, stack.containerName("mariadb-mcp")]);
    const { services, advice } = await statusOf(stack);
    expect(services.find(({ service }) => service === "mariadb-mcp")).toMatchObject({
      address: null,
      wantedAddress: stack.address(31),
    });
    expect(await stack.type(advice?.command ?? "false")).toMatchObject({ code: 0 });
    await expectHealthy(stack);
    expect(await statusOf(stack)).toMatchObject({
      network: { name: network, subnet: stack.subnet },
      advice: null,
    });
  });

  const container = () => stack.containerName("mariadb-mcp");
  it.each<[string, string, () => Promise<unknown>]>([
    ["killed", "stopped", () => docker(["kill", container()])],
    ["paused", "paused", () => pause(container())],
    ["removed", "missing", () => docker(["rm", "--force", "--volumes", container()])],
    [
      "stuck",
      "unhealthy",
      async () => {
        await docker(["kill", "--signal", "STOP", container()]);
        while ((await stack.container("mariadb-mcp")).State.Health?.Status !== "unhealthy") await sleep(100);
      },
    ],
  ])("finds a container that was %s %s, and its advice mends it", async (_, health, harm) => {
    await harm();
    const { code, services, advice } = await statusOf(stack, "--unhealthy");
    expect(code).toBe(1);
    expect(services.map(({ service, health }) => [service, health])).toEqual([["mariadb-mcp", health]]);
    const mended = await stack.type(advice?.command ?? "false");
    expect({ ...mended }).toMatchObject({ code: 0 });
    await expectHealthy(stack);
  });

  it("lists a container that is on the network and not of the stack", async () => {
    const name = `${stack.prefix}guest`;
    const { Image } = await stack.container("mariadb");
    await docker(["create", "--name", name, "--network", `${stack.prefix}mcp-cluster`, Image]);
    try {
      const { healthy, foreign } = await statusOf(stack);
      expect(healthy).toBe(true);
      expect(foreign).toMatchObject([{ container: name, tie: "network", state: "created" }]);
    } finally {
      await docker(["rm", "--force", "--volumes", name]);
    }
  });

  it("says what to do where no engine answers", async () => {
    const { code, output } = await stack.type(
      `DOCKER_HOST=tcp://127.0.0.1:1 npm run status -- --stack ${stack.name} --config-file ${stack.configFile}`,
    );
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /No Docker engine answers at tcp:\/\/127\.0\.0\.1:1; start it, or unset DOCKER_HOST/,
    );
    expect(output).not.toMatch(/\n\s+at /);
  });
}

export const status: Part<Small> = { title: "what `status` shows", tests };
