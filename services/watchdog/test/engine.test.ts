import { docker } from "../../../engine/docker";
import { inspect } from "../../../engine/inspect";
import {
  engineSocket,
  EngineCable,
  eventually,
  type RunningWatchdog,
  TestEnvironment,
  verdict,
} from "./support";

const impatient = {
  WATCHDOG_RESYNC_SECONDS: "1",
  WATCHDOG_BACKOFF_SECONDS: "1",
  WATCHDOG_LONGEST_BACKOFF_SECONDS: "4",
};

/** Options of a health check that runs all the time and believes its first answer. */
const probe = (command: string) => [
  "--health-cmd",
  command,
  "--health-interval",
  "1s",
  "--health-retries",
  "1",
];
const hopeless = probe("echo broken; false");
/** Healthy until there is a file, which the container's start takes away. */
const curable = probe("test ! -e /tmp/sick");
const cure = "rm -f /tmp/sick";
const fallSick = (id: string) => docker(["exec", id, "touch", "/tmp/sick"]);

const startOf = async (id: string) =>
  (await inspect<{ State: { StartedAt: string } }>("container", id))?.State.StartedAt;

const statusOf = async (id: string) =>
  (await inspect<{ State: { Status: string } }>("container", id))?.State.Status;

describe("the watchdog on the engine", () => {
  const environment = new TestEnvironment();
  let watchdog: RunningWatchdog;
  let id: Record<"hopeless" | "stubborn" | "curable" | "plain" | "greedy", string>;
  let untouched: Record<string, string>;
  const starts = () =>
    Promise.all(Object.values(untouched).map(async (one) => [await verdict(one), await startOf(one)]));

  beforeAll(async () => {
    await environment.prepare();
    id = {
      hopeless: await environment.start("hopeless", hopeless),
      // It takes the whole of its time to stop, longer than the longest backoff.
      stubborn: await environment.start("stubborn", [...hopeless, "--stop-timeout", "6"], "trap '' TERM"),
      curable: await environment.start("curable", curable, cure),
      plain: await environment.start("plain"),
      greedy: await environment.start("greedy", ["--memory", "32m", "--memory-swap", "32m"]),
    };
    untouched = {
      stopped: await environment.start("stopped", hopeless),
      paused: await environment.start("paused", hopeless),
      starting: await environment.start("starting", [...hopeless, "--health-start-period", "1h"]),
      healthy: await environment.start("healthy", probe("true")),
      foreign: await environment.start("foreign", hopeless, ":", `${environment.id}-foreign`),
    };
    for (const one of ["stopped", "paused", "foreign"])
      await eventually(
        () => verdict(untouched[one] ?? ""),
        (health) => health === "unhealthy",
      );
    await docker(["stop", untouched.stopped ?? ""]);
    await docker(["pause", untouched.paused ?? ""]);
    watchdog = await environment.startWatchdog(impatient, engineSocket);
  });
  afterAll(() => environment.clean());

  test("restarts what stays unhealthy with backoff, says why, and touches nothing else", async () => {
    const before = await starts();
    const lines = await watchdog.logged({ message: "restarting", service: "hopeless", attempt: 4 });
    const restarts = lines.filter(({ message }) => message === "restarting");
    expect(restarts.filter(({ service }) => service === "hopeless")).toMatchObject([
      { attempt: 1, backoffSeconds: 1, health: "unhealthy", probe: { exitCode: 1, output: "broken" } },
      { attempt: 2, backoffSeconds: 2 },
      { attempt: 3, backoffSeconds: 4 },
      { attempt: 4, backoffSeconds: 4 },
    ]);
    expect(new Set(restarts.map(({ service }) => service))).toEqual(new Set(["hopeless", "stubborn"]));
    expect(await starts()).toEqual(before);
  });

  test("makes a container healthy again that a restart mends", async () => {
    await fallSick(id.curable);
    await watchdog.logged({ message: "healthy again", service: "curable", attempts: 1 });
    expect(await verdict(id.curable)).toBe("healthy");
    expect(await watchdog.metrics("curable")).toMatchObject({
      running: 1,
      healthy: 1,
      "restarts_total watchdog": 1,
      "restarts_total engine": 0,
    });
  });

  /** Waits until the watchdog logs such a line of the service once more. */
  const once = async (message: string, service: string) => {
    const count = async () =>
      (await watchdog.log()).filter((line) => line.message === message && line.service === service).length;
    const now = await count();
    await eventually(count, (later) => later > now);
  };

  // Between two restarts, and during one, which then starts the container again.
  test.each(["restarted", "restarting"])("leaves a container stopped that was just %s", async (message) => {
    await docker(["start", id.stubborn]);
    await once(message, "stubborn");
    await docker(["stop", id.stubborn]);
    // Time goes by as another one is restarted again and again.
    for (let restarts = 0; restarts < 3; restarts++) await once("restarted", "hopeless");
    await eventually(
      () => statusOf(id.stubborn),
      (status) => status === "exited",
    );
    await once("restarted", "hopeless");
    expect(await statusOf(id.stubborn)).toBe("exited");
  });

  test("shows a container that is stopped until it is removed", async () => {
    expect(await watchdog.metrics("stubborn")).toMatchObject({ info: 1, running: 0, healthy: 0 });
    await docker(["rm", id.stubborn]);
    await eventually(
      () => watchdog.metrics("stubborn"),
      (metrics) => Object.keys(metrics).length === 0,
    );
  });

  test("counts the engine's restart of a program that was killed", async () => {
    const before = await watchdog.metrics("plain");
    expect(before).toMatchObject({ running: 1, healthy: 1, "restarts_total engine": 0 });
    await docker(["exec", id.plain, "sh", "-c", "kill -9 -1"]).catch(() => undefined);
    const after = await eventually(
      () => watchdog.metrics("plain"),
      (metrics) => metrics["restarts_total engine"] === 1 && metrics.running === 1,
    );
    expect(after.started_at_seconds).toBeGreaterThan(before.started_at_seconds ?? 0);
    expect(after["restarts_total watchdog"]).toBe(0);
  });

  test("counts a container that runs out of memory", async () => {
    expect(await watchdog.metrics("greedy")).toMatchObject({
      oom_kills_total: 0,
      memory_limit_bytes: 32 * 1024 * 1024,
    });
    await docker(["exec", id.greedy, "tail", "/dev/zero"]).catch(() => undefined);
    const { oom_kills_total: kills } = await eventually(
      () => watchdog.metrics("greedy"),
      (metrics) => (metrics.oom_kills_total ?? 0) > 0,
    );
    expect(kills).toBeGreaterThanOrEqual(1);
    await watchdog.logged({ message: "out of memory", service: "greedy" });
  });

  test("counts paused and stopped containers as not running, and itself as healthy", async () => {
    for (const service of ["stopped", "paused"])
      expect(await watchdog.metrics(service)).toMatchObject({ running: 0, healthy: 0 });
    expect(await watchdog.metrics("watchdog")).toMatchObject({ running: 1, healthy: 1 });
    expect(await watchdog.metrics("foreign")).toEqual({});
    expect(await watchdog.health()).toBe("ready\n");
  });
});

describe("the watchdog that is stopped", () => {
  const environment = new TestEnvironment();
  beforeAll(() => environment.prepare());
  afterAll(() => environment.clean());

  test("ends when the restart under way has come to its end, so that what is stopped next stays so", async () => {
    const stubborn = await environment.start(
      "stubborn",
      [...hopeless, "--stop-timeout", "6"],
      "trap '' TERM",
    );
    const watchdog = await environment.startWatchdog(impatient, engineSocket);
    await watchdog.logged({ message: "restarting", service: "stubborn" });
    await docker(["stop", "--time", "60", watchdog.id]);
    expect((await watchdog.log()).map(({ message }) => message)).toEqual([
      "watching",
      "restarting",
      "stopping",
      "restarted",
    ]);
    await docker(["stop", stubborn]);
    expect(await statusOf(stubborn)).toBe("exited");
  });
});

describe("the watchdog without the engine", () => {
  const environment = new TestEnvironment();
  const cable = new EngineCable();

  beforeAll(async () => {
    await environment.prepare();
    await cable.lay();
  });
  afterAll(async () => {
    await environment.clean();
    cable.remove();
  });

  test("misses nothing while its connection is cut, and says meanwhile that it is not healthy", async () => {
    const curableId = await environment.start("curable", curable, cure);
    const greedy = await environment.start("greedy", ["--memory", "32m", "--memory-swap", "32m"]);
    const watchdog = await environment.startWatchdog(
      { ...impatient, WATCHDOG_SOCKET: cable.socket },
      cable.socket,
    );
    await eventually(
      () => watchdog.metrics("curable"),
      ({ healthy }) => healthy === 1,
    );
    cable.cut();
    await fallSick(curableId);
    expect(
      await eventually(
        () => watchdog.health(),
        (health) => health !== "ready\n",
      ),
    ).toContain("engine: no answer lately");
    // Last, as the engine keeps 256 events, and each of these health checks, which run all the time, makes three.
    await docker(["exec", greedy, "tail", "/dev/zero"]).catch(() => undefined);
    cable.plug();
    await watchdog.logged({ message: "healthy again", service: "curable", attempts: 1 });
    await eventually(
      () => watchdog.metrics("greedy"),
      (metrics) => metrics.oom_kills_total === 1,
    );
    expect(await watchdog.health()).toBe("ready\n");
  });

  test("ends when the engine stays away, and is started again until it is back", async () => {
    const silence = { WATCHDOG_SILENCE_SECONDS: "4", WATCHDOG_SOCKET: cable.socket };
    const watchdog = await environment.startWatchdog({ ...impatient, ...silence }, cable.socket);
    await watchdog.logged({ message: "watching" });
    cable.cut();
    await watchdog.logged({ message: "no sign of life: ending" });
    cable.plug();
    await eventually(
      () => watchdog.health(),
      (health) => health === "ready\n",
    );
  });
});
