import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { NestedEngine } from "./support/engine";
import { TestStack } from "./support/stack";

// The developer's own engine and its containers are not the place to break things in.
const describeWhereAvailable = NestedEngine.available ? describe : describe.skip;

interface State {
  Name: string;
  RestartCount: number;
  State: { Pid: number; Status: string; StartedAt: string; Health?: { Status: string } };
}

/** Programs that only wait for their user: none of them can hang, so their health check is one that can be failed. */
const idle = ["k8s-plugin", "devcontainer"];
const breakable = { probe: { command: ["CMD-SHELL", "test ! -e /tmp/broken"] } };

describeWhereAvailable("the whole cluster, broken on purpose", () => {
  let engine: NestedEngine;
  let stack: TestStack;
  let services: string[];

  beforeAll(async () => {
    engine = await NestedEngine.create();
    // Less than they have, as it takes a shell's while to fill.
    const small = { memory: "512m" };
    const changed = { buildkit: small, devcontainer: { ...small, ...breakable }, "k8s-plugin": breakable };
    stack = await TestStack.create({ tiers: 5, services: changed });
    await stack.up();
    services = await stack.onEngine("container");
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    await mariadb("CREATE TABLE kept AS SELECT 42 AS answer");
  });

  // The stack's own folder first, then the engine with all that is on it.
  afterAll(() => engine.dispose());
  afterAll(() => stack.remove());

  const mariadb = (sql: string) =>
    docker(["exec", stack.containerName("mariadb"), "mariadb", "-u", "mysql", "-D", "mcp", "-Nse", sql]);

  const look = async () => JSON.parse(await docker(["container", "inspect", ...services])) as State[];

  /** Waits until every container has been started anew since `before`, and is healthy; says how long each took. */
  async function allAnew(what: string, before: State[]): Promise<void> {
    const began = Date.now();
    const took = new Map<string, number>();
    while (took.size < services.length) {
      for (const { Name, State } of await look()) {
        const old = before.find((one) => one.Name === Name)?.State.StartedAt;
        const anew =
          State.StartedAt !== old && State.Status === "running" && State.Health?.Status === "healthy";
        if (anew && !took.has(Name)) took.set(Name, Math.round((Date.now() - began) / 1000));
        if (!anew) took.delete(Name);
      }
      await sleep(500);
    }
    const times = [...took].map(([name, seconds]) => `${name.replace(`/${stack.prefix}`, "")} ${seconds} s`);
    console.info(`healthy again after ${what}: ${times.join(", ")}`);
  }

  /** Nothing is lost: rows, the servers' answers, and what the stack says of itself. */
  async function expectAllAsItWas(): Promise<void> {
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect((await mariadb("SELECT answer FROM kept")).trim()).toBe("42");
    const { code, output } = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    if (code !== 0) throw new Error(`The preview is not empty:\n${output}`);
  }

  it("comes back by itself when every main process is killed", async () => {
    const before = await look();
    for (const { State } of before) engine.run("kill", "-KILL", String(State.Pid));
    await allAnew("a kill of its main process", before);
    await expectAllAsItWas();
  });

  it("comes back by itself when every container runs out of memory", async () => {
    const before = await look();
    for (const { Name, State } of before) {
      // The kernel ends what it finds most worth ending: the main process, and not one of several that take memory.
      engine.run("sh", "-c", `echo 1000 >/proc/${State.Pid}/oom_score_adj`);
      const hog = "x=12345678; while :; do x=$x$x; done";
      await docker(["exec", "--detach", Name, "sh", "-c", `for one in 1 2 3; do { ${hog}; } & done; wait`]);
    }
    await allAnew("running out of memory", before);
    await expectAllAsItWas();
  });

  it("comes back by itself, without the engine's help, when every container hangs", async () => {
    const before = await look();
    for (const { Name } of before) {
      if (idle.some((service) => Name.endsWith(service))) {
        await docker(["exec", Name, "touch", "/tmp/broken"]);
        continue;
      }
      const top = await docker(["top", Name, "-o", "pid,args"]);
      const programs = top.split("\n").filter((line) => /^\s*\d/.test(line) && !line.includes("docker-init"));
      engine.run("kill", "-STOP", ...programs.map((line) => line.trim().split(" ")[0] ?? ""));
    }
    await allAnew("hanging", before);
    await expectAllAsItWas();
  });

  it.each([
    ["in good order", () => engine.stop()],
    ["by a power cut", () => engine.powerCut()],
  ])("comes back by itself when the engine is restarted %s", async (how, end) => {
    const before = await look();
    await end();
    await engine.start();
    await allAnew(`an engine that was restarted ${how}`, before);
    await expectAllAsItWas();
  });

  it("is brought back by one command when the engine was killed, and takes what outlived it for stopped by hand", async () => {
    await engine.stop("SIGKILL");
    await engine.start();
    await stack.up("--refresh");
    await expectAllAsItWas();
  });

  it("stays stopped over a restart of the engine when its operator stopped it", async () => {
    expect(await stack.command("stop")).toMatchObject({ code: 0 });
    await engine.stop();
    await engine.start();
    expect((await look()).filter(({ State }) => State.Status !== "exited")).toEqual([]);
  });
});
