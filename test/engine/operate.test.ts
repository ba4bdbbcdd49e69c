import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceStatus, StackStatus } from "../../cli/operate/status/types";
import { docker } from "../../engine/docker";
import { pause } from "./support/pause";
import { collectEvents } from "./support/events";
import { TestStack } from "./support/stack";

const databases = ["postgres-db", "mariadb"];
const servers = ["postgres-mcp", "mariadb-mcp", "python-experimental"];
const all = [...databases, ...servers];

let stack: TestStack;

beforeAll(async () => {
  // Quick to find out that a server no longer answers.
  stack = await TestStack.create({
    services: { "mariadb-mcp": { probe: { interval: 1, retries: 1 } } },
  });
  await stack.up();
});

afterAll(() => stack.remove());

/** What `status --json` says, with what it ends with. */
async function status(...options: string[]): Promise<StackStatus & { code: number }> {
  const { code, output } = await stack.command("status", "--json", ...options);
  return { ...(JSON.parse(output) as StackStatus), code };
}

/** Expects that every service is healthy, once the engine has looked at those that were just started. */
async function expectHealthy(): Promise<void> {
  await stack.verdicts();
  expect(await status("--unhealthy")).toMatchObject({ code: 0, services: [] });
}

/** Which run of a container this is: its ID, and when it was started. */
async function runs(services: readonly string[]): Promise<string[]> {
  return Promise.all(
    services.map(async (service) => {
      const { Id, State } = await stack.container(service);
      return `${Id} ${State.StartedAt}`;
    }),
  );
}

/** Waits for what the engine or a command does on its own. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

describe("status", () => {
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
    const { healthy, services, advice } = await status();
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

  const container = () => stack.containerName("mariadb-mcp");
  it.each<[string, string, () => Promise<unknown>]>([
    ["killed", "stopped", () => docker(["kill", container()])],
    ["paused", "paused", () => pause(container())],
    ["removed", "missing", () => docker(["rm", "--force", container()])],
    [
      "stuck",
      "unhealthy",
      async () => {
        await docker(["kill", "--signal", "STOP", container()]);
        await until(async () => (await stack.container("mariadb-mcp")).State.Health?.Status === "unhealthy");
      },
    ],
  ])("finds a container that was %s %s, and its advice mends it", async (_, health, harm) => {
    await harm();
    const { code, services, advice } = await status("--unhealthy");
    expect(code).toBe(1);
    expect(services.map(({ service, health }) => [service, health])).toEqual([["mariadb-mcp", health]]);
    const mended = await stack.type(advice?.command ?? "false");
    expect({ ...mended }).toMatchObject({ code: 0 });
    await expectHealthy();
  });

  it("lists a container that is on the network and not of the stack", async () => {
    const name = `${stack.prefix}guest`;
    const { Image } = await stack.container("mariadb");
    await docker(["create", "--name", name, "--network", `${stack.prefix}mcp-cluster`, Image]);
    try {
      const { healthy, foreign } = await status();
      expect(healthy).toBe(true);
      expect(foreign).toMatchObject([{ container: name, tie: "network", state: "created" }]);
    } finally {
      await docker(["rm", "--force", name]);
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
});

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
    expect(await stack.processes()).toEqual([]);
  });

  it("of a service that is none are refused, with the closest name", async () => {
    const { code, output } = await stack.command("logs", "mariadb-mpc");
    expect(code).toBe(2);
    expect(output).toMatch(/did you mean "mariadb-mcp"/);
  });
});

describe("restart, stop and start", () => {
  /** The services in the order in which the engine started them while something was done. */
  async function startsDuring(act: () => Promise<{ code: number; output: string }>): Promise<string[]> {
    const events = await collectEvents(stack.name);
    const { code, output } = await act();
    expect({ code, output }).toMatchObject({ code: 0 });
    const started = () => events.stop().filter(({ action }) => action === "start");
    return started().map(({ container }) => container.replace(stack.prefix, ""));
  }
  const lowestFirst = (started: string[]) => {
    expect(new Set(started.slice(0, 2))).toEqual(new Set(databases));
    expect(new Set(started.slice(2))).toEqual(new Set(servers));
    expect(started).toHaveLength(all.length);
  };

  it("restart all tier by tier, and are done when all is healthy", async () => {
    const before = await runs(all);
    lowestFirst(await startsDuring(() => stack.command("restart")));
    (await runs(all)).forEach((run, index) => expect(run).not.toBe(before[index]));
    await expectHealthy();
  });

  it("restart only the services that are named", async () => {
    const others = all.filter((service) => service !== "mariadb");
    const before = await runs(others);
    expect(await startsDuring(() => stack.command("restart", "mariadb"))).toEqual(["mariadb"]);
    expect(await runs(others)).toEqual(before);
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
    const stopped = await status("--unhealthy");
    expect(stopped.services.map(({ health }) => health)).toEqual(all.map(() => "stopped"));
    expect(stopped.advice?.command).toMatch(/^npm run start\b/);
    lowestFirst(await startsDuring(() => stack.command("start")));
    await expectHealthy();
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    // A second one has nothing to do.
    const before = await runs(all);
    expect(await startsDuring(() => stack.command("start"))).toEqual([]);
    expect(await runs(all)).toEqual(before);
  });
});

describe("rebuild", () => {
  it("of what is up to date changes nothing", async () => {
    const before = await runs(all);
    const { code, output } = await stack.command("rebuild", "postgres-mcp");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/postgres-mcp: up to date already/);
    expect(await runs(all)).toEqual(before);
  });

  it.each(["postgres-db", "postgres-mcp"])(
    "of %s replaces its container and leaves all others as they run, and the state true",
    async (service) => {
      await stack.psql("CREATE TABLE IF NOT EXISTS rebuilt AS SELECT 42 AS answer");
      const others = all.filter((other) => other !== service);
      const [[own], before] = [await runs([service]), await runs(others)];
      const { code, output } = await stack.command("rebuild", service, "--force");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(/left alone: 4 of 4/);
      expect((await runs([service]))[0]).not.toBe(own);
      expect(await runs(others)).toEqual(before);
      expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await stack.psql("SELECT answer FROM rebuilt")).toBe("42");
      await expectHealthy();
    },
  );

  it("takes up what the settings say of the service, and nothing that they say of others", async () => {
    const others = all.filter((other) => other !== "postgres-mcp");
    const before = await runs(others);
    stack.configure({
      services: { "postgres-mcp": { access: "write" }, "mariadb-mcp": { access: "write" } },
    });
    const { code, output } = await stack.command("rebuild", "postgres-mcp");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect((await stack.container("postgres-mcp")).Config.Env).toContain("DATABASE_ACCESS=write");
    expect(await runs(others)).toEqual(before);
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

  it("says how to start a service that does not run", async () => {
    await docker(["stop", stack.containerName("mariadb-mcp")]);
    const { code, output } = await stack.command("shell", "mariadb-mcp");
    expect(code).toBe(1);
    const [, mend = "false"] = /mariadb-mcp does not run\. Mend it with: (.*)/.exec(output) ?? [];
    expect(await stack.type(mend)).toMatchObject({ code: 0 });
    expect((await stack.command("shell", "mariadb-mcp", "--", "true")).code).toBe(0);
  });
});
