import type { Container } from "../src/container";
import { type Happening, type History, noHistory, type RestartRules, step } from "../src/policy";

const rules: RestartRules = { firstBackoffMs: 10_000, longestBackoffMs: 60_000, resetAfterMs: 100_000 };

const running: Container = {
  id: "1",
  name: "one",
  service: "one",
  tier: "2",
  image: "one",
  status: "running",
  health: "healthy",
  restartCount: 0,
  stopGraceMs: 15_000,
};

const unhealthy = seen({ health: "unhealthy" });
const healthy = seen({});

function seen(changes: Partial<Container>): Happening {
  return { kind: "seen", container: { ...running, ...changes } };
}

/** One container on a clock of its own; what is done about it is kept. */
class Story {
  now = 1_000_000;
  history: History = noHistory;

  /** Lets something happen, and says what follows. */
  happen(happening: Happening) {
    const { history, ...actions } = step(this.history, happening, this.now, rules);
    this.history = history;
    return actions;
  }

  after(milliseconds: number): this {
    this.now += milliseconds;
    return this;
  }

  /** Goes on until the unhealthy container is restarted, looking every second, and ends that restart: the wait. */
  untilRestart(): number {
    const begin = this.now;
    while (!this.happen(unhealthy).restart)
      if (this.after(1000).now > begin + 3_600_000) throw new Error("it is never restarted");
    const waited = this.now - begin;
    this.after(500).happen({ kind: "restarted" });
    return waited;
  }
}

describe("a container that is unhealthy", () => {
  test("is restarted at once, and then after pauses that double up to the longest", () => {
    const story = new Story();
    const waits = Array.from({ length: 6 }, () => story.untilRestart());
    expect(waits).toEqual([0, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  test("is told with each restart which one it is and how long the next has to wait", () => {
    const story = new Story();
    expect(story.happen(unhealthy).restart).toEqual({ attempt: 1, backoffMs: 10_000 });
    story.happen({ kind: "restarted" });
    expect(story.after(10_000).happen(unhealthy).restart).toEqual({ attempt: 2, backoffMs: 20_000 });
  });

  test("is not restarted a second time while a restart is under way", () => {
    const story = new Story();
    story.happen(unhealthy);
    expect(story.after(3_600_000).happen(unhealthy)).toEqual({});
  });

  test("says once when it is healthy again, and after how many restarts", () => {
    const story = new Story();
    story.untilRestart();
    story.untilRestart();
    expect(story.happen(seen({ health: "starting" }))).toEqual({});
    expect(story.happen(healthy)).toEqual({ recovered: { attempts: 2 } });
    expect(story.happen(healthy)).toEqual({});
  });

  test("is restarted at once again when it was healthy for long, and not when it only was for a moment", () => {
    const story = new Story();
    story.untilRestart();
    story.untilRestart();
    story.happen(healthy);
    expect(story.after(rules.resetAfterMs - 1).happen(healthy)).toEqual({});
    story.happen(seen({ status: "exited" }));
    story.after(1).happen(healthy);
    expect(story.happen(unhealthy).restart?.attempt).toBe(3);
    story.happen({ kind: "restarted" });
    story.happen(healthy);
    story.after(rules.resetAfterMs).happen(healthy);
    expect(story.happen(unhealthy).restart?.attempt).toBe(1);
  });
});

describe("left alone is a container that", () => {
  test.each<[string, Partial<Container>]>([
    ["is healthy", {}],
    ["has no health check", { health: "none" }],
    ["is still starting", { health: "starting" }],
    ["is stopped", { status: "exited", health: "unhealthy" }],
    ["was never started", { status: "created", health: "none" }],
    ["is paused", { status: "paused", health: "unhealthy" }],
    ["the engine restarts already", { status: "restarting", health: "unhealthy" }],
    ["is being removed", { status: "removing", health: "unhealthy" }],
    ["is dead", { status: "dead", health: "unhealthy" }],
  ])("%s", (_, changes) => expect(new Story().happen(seen(changes))).toEqual({}));

  test("somebody may be stopping, for as long as that may take", () => {
    const story = new Story();
    story.happen({ kind: "signalled", stopGraceMs: 15_000 });
    expect(story.after(15_000).happen(unhealthy)).toEqual({});
    expect(story.after(5_000).happen(unhealthy).restart?.attempt).toBe(1);
  });
});

describe("a container that somebody stops during its restart", () => {
  const stop: Happening = { kind: "commanded", command: "stop" };
  const restart: Happening = { kind: "commanded", command: "restart" };

  /** Restarts the container; meanwhile the engine carries out those commands, the watchdog's own restart among them. */
  function restarted(...commands: Happening[]): Story {
    const story = new Story();
    story.happen(unhealthy);
    commands.forEach((command) => story.happen(command));
    story.happen({ kind: "restarted" });
    return story.after(2000);
  }

  test("is stopped once it is seen to run again, and that only once", () => {
    const story = restarted(stop, stop, restart);
    expect(story.happen(healthy)).toMatchObject({ stop: true });
    expect(story.after(1000).happen(healthy).stop).toBeUndefined();
  });

  test("is given time, as commands of others become known late", () => {
    const story = new Story();
    story.happen(unhealthy);
    [stop, stop].forEach((command) => story.happen(command));
    story.happen({ kind: "restarted" });
    expect(story.happen(healthy).stop).toBeUndefined();
    [restart, restart].forEach((command) => story.happen(command));
    expect(story.after(2000).happen(healthy).stop).toBeUndefined();
  });

  test("is left alone where nobody did, where it is stopped already, and where it is stopped later", () => {
    expect(restarted(stop, restart).happen(healthy).stop).toBeUndefined();
    expect(restarted(stop, stop, restart).happen(seen({ status: "exited" }))).toEqual({});
    const later = restarted(stop, restart);
    later.happen(healthy);
    later.happen(stop);
    expect(later.after(60_000).happen(healthy).stop).toBeUndefined();
  });

  test("is left alone where somebody stopped it right after, and has started it since", () => {
    const story = new Story();
    story.happen(unhealthy);
    [stop, restart].forEach((command) => story.happen(command));
    story.happen({ kind: "restarted" });
    story.happen(stop);
    expect(story.after(2000).happen(healthy).stop).toBeUndefined();
  });
});

describe("a restart that failed", () => {
  test("is tried again with backoff, also where it left the container stopped", () => {
    const story = new Story();
    story.happen(unhealthy);
    story.happen({ kind: "failed", refused: false });
    const stopped = seen({ status: "exited", health: "unhealthy" });
    expect(story.happen(stopped)).toEqual({});
    expect(story.after(10_000).happen(stopped).restart?.attempt).toBe(2);
  });

  test("leaves a container stopped that somebody stopped since", () => {
    const story = new Story();
    story.happen(unhealthy);
    story.happen({ kind: "failed", refused: false });
    story.happen({ kind: "signalled", stopGraceMs: 0 });
    expect(story.after(3_600_000).happen(seen({ status: "exited" }))).toEqual({});
  });

  test("leaves a container stopped that it started in spite of all and that stopped later", () => {
    const story = new Story();
    story.happen(unhealthy);
    story.happen({ kind: "failed", refused: false });
    story.happen(healthy);
    expect(story.after(3_600_000).happen(seen({ status: "exited" }))).toEqual({});
  });

  test("leaves a container alone that the engine would not restart", () => {
    const story = new Story();
    story.happen(unhealthy);
    story.happen({ kind: "failed", refused: true });
    expect(story.after(3_600_000).happen(seen({ status: "exited" }))).toEqual({});
  });
});
