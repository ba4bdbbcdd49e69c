import { setTimeout as sleep } from "node:timers/promises";
import { askEngine } from "../../engine/api";
import { docker } from "../../engine/docker";
import { long, rounds, seeded, seededRandom } from "../rounds";
import { NestedEngine } from "./support/engine";
import { idle } from "./support/lane";
import { describePlan, type Fault, faults, mixedPlan, type Plan, samePlan } from "./support/faults";
import { TestStack } from "./support/stack";

// The developer's own engine and its containers are not the place to break things in.
const describeWhereAvailable = NestedEngine.available ? describe : describe.skip;

interface Seen {
  State: { Pid: number; Status: string; StartedAt: string; Health?: { Status: string } };
}

/** Programs that only wait for their user: none of them can hang, so their health check is one that can be failed. */
const shells = ["k8s-plugin", "devcontainer"];
const breakable = { probe: { command: ["CMD-SHELL", "test ! -e /tmp/broken"] } };

/** The cluster's services by what their images are made of. */
const classes = {
  databases: ["postgres-db", "mariadb"],
  "servers in Node": ["postgres-mcp", "mariadb-mcp", "watchdog"],
  "servers in Python": ["python-experimental"],
  "programs in Go": [
    ...["buildkit", "prometheus", "grafana", "alertmanager"],
    ...["cadvisor", "node-exporter", "postgres-exporter", "mysql-exporter"],
  ],
  nginx: ["nginx"],
  "shells for users": shells,
};
const services = Object.values(classes).flat();
const mixed = mixedPlan(classes, seededRandom());

/** What is broken when; in its long form, which `npm run soak -- failures` runs, also everything at the same moment. */
const plans: [string, Plan][] = [
  ["gets a fault of its own", mixed],
  ...rounds(faults, 0).map((fault): [string, Plan] => [fault, samePlan(services, fault)]),
];

describeWhereAvailable(seeded("the whole cluster, broken on purpose"), () => {
  let engine: NestedEngine;
  let stack: TestStack;

  beforeAll(async () => {
    engine = await NestedEngine.create();
    // Less than they have, as it takes a shell's while to fill.
    const small = { memory: "512m" };
    const changed = { buildkit: small, devcontainer: { ...small, ...breakable }, "k8s-plugin": breakable };
    // Health checks as users have them, for the verdicts of the engine's own and what the watchdog makes of them.
    stack = await TestStack.create({ tiers: 5, services: changed }, {}, { productProbes: true });
    await stack.up();
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    await mariadb("CREATE TABLE kept AS SELECT 42 AS answer");
  });

  afterAll(async () => {
    // The engine ends with all that is on it; of the stack its folder is left then.
    await engine.dispose();
    await stack.remove();
  });

  const mariadb = (sql: string) =>
    docker(["exec", stack.containerName("mariadb"), "mariadb", "-u", "mysql", "-D", "mcp", "-Nse", sql]);

  const look = (service: string) => askEngine<Seen>(`/containers/${stack.containerName(service)}/json`);

  const breaks: Record<Fault, (service: string) => Promise<unknown>> = {
    "is killed": async (service) => engine.run("kill", "-KILL", String((await look(service)).State.Pid)),
    "runs out of memory": async (service) => {
      // The kernel ends what it finds most worth ending: the main process, and not one of several that take memory.
      engine.run("sh", "-c", `echo 1000 >/proc/${(await look(service)).State.Pid}/oom_score_adj`);
      const hog = "x=12345678; while :; do x=$x$x; done";
      const hogs = ["sh", "-c", `for one in 1 2 3; do { ${hog}; } & done; wait`];
      return docker(["exec", "--detach", stack.containerName(service), ...hogs]);
    },
    hangs: async (service) => {
      const name = stack.containerName(service);
      if (shells.includes(service)) return docker(["exec", name, "touch", "/tmp/broken"]);
      const top = await docker(["top", name, "-o", "pid,args"]);
      const programs = top.split("\n").filter((line) => /^\s*\d/.test(line) && !line.includes("docker-init"));
      const pids = programs.map((line) => line.trim().split(" ")[0] ?? "");
      // A health check's process may have come to its end by then.
      return engine.run("sh", "-c", 'kill -STOP "$@" || true', "sh", ...pids);
    },
  };

  /** Whether a container has been started anew since `before`, and is healthy. */
  async function isBack(service: string, before: Seen): Promise<boolean> {
    const { StartedAt, Status, Health } = (await look(service)).State;
    return StartedAt !== before.State.StartedAt && Status === "running" && Health?.Status === "healthy";
  }

  /** Waits until a container has been started anew and is healthy; says how long that took. */
  async function back(service: string, before: Seen): Promise<string> {
    const began = Date.now();
    while (!(await isBack(service, before))) await sleep(500);
    return `${Math.round((Date.now() - began) / 1000)} s`;
  }

  /** All of them, healthy at the same time: one that is back may be upset by what another goes through. */
  async function allAnew(before: ReadonlyMap<string, Seen>): Promise<void> {
    const are = () => Promise.all([...before].map(([service, seen]) => isBack(service, seen)));
    while ((await are()).includes(false)) await sleep(500);
  }

  const lookAtAll = async () =>
    new Map(await Promise.all(services.map(async (service) => [service, await look(service)] as const)));

  /** Breaks containers as planned, all at the same time, and each again once it is back; done when all are. */
  async function breakAll(plan: Plan): Promise<void> {
    const before = await lookAtAll();
    const took = await Promise.all(
      [...plan].map(async ([service, planned]) => {
        const times: string[] = [];
        for (const fault of planned) {
          const seen = await look(service);
          await breaks[fault](service);
          const wait = () => back(service, seen);
          // Nothing works while one that hangs is not found out.
          times.push(`${fault} ${await (fault === "hangs" ? idle(wait) : wait())}`);
        }
        return `${service} ${times.join(", ")}`;
      }),
    );
    await allAnew(before);
    console.info(`healthy again after: ${took.join("; ")}`);
  }

  /** Nothing is lost: rows, the servers' answers, and what the stack says of itself. */
  async function expectAllAsItWas(): Promise<void> {
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect((await mariadb("SELECT answer FROM kept")).trim()).toBe("42");
    const { code, output } = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    if (code !== 0) throw new Error(`The preview is not empty:\n${output}`);
  }

  it("is broken in all of its services, and each class of images in every way", async () => {
    console.info(describePlan(classes, mixed));
    expect((await stack.onEngine("container")).sort()).toEqual(
      services.map((service) => stack.containerName(service)).sort(),
    );
    for (const members of Object.values(classes))
      expect(new Set(members.flatMap((service) => mixed.get(service)))).toEqual(new Set(faults));
  });

  it.each(plans)("comes back by itself when every container %s", async (_, plan) => {
    await breakAll(plan);
    await expectAllAsItWas();
  });

  it.each([
    ["by a power cut", () => engine.powerCut()] as const,
    ...rounds([["in good order", () => engine.stop()] as const], 0),
  ])("comes back by itself when the engine is restarted %s", async (how, end) => {
    const before = await lookAtAll();
    await end();
    await engine.start();
    const took = await Promise.all(
      [...before].map(async ([service, seen]) => `${service} ${await back(service, seen)}`),
    );
    await allAnew(before);
    console.info(`healthy again after the engine ended ${how}: ${took.join(", ")}`);
    await expectAllAsItWas();
  });

  if (long)
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
    const states = [...(await lookAtAll()).values()].map(({ State }) => State.Status);
    expect(states.filter((status) => status !== "exited")).toEqual([]);
  });
});
