import type { ContainerState } from "../../../engine/container";
import { UnhealthyError, waitHealthy } from "../../../engine/health";
import { FakeEngine, json } from "./fake-engine";

type State = ContainerState["State"];

const running: Partial<State> = { Status: "running", Health: { Status: "healthy", Log: null } };
const stopped: Partial<State> = { Status: "exited", ExitCode: 2 };

let engine: FakeEngine;
afterEach(async () => {
  jest.restoreAllMocks();
  await engine.stop();
});

/** An engine whose container is in these states, one at each look, and then for good in the last. */
async function engineWith(states: Partial<State>[], policy = "unless-stopped"): Promise<void> {
  const left = [...states];
  engine = new FakeEngine((asked, answer) => {
    if (!asked.url?.startsWith("/containers/web/json")) return answer.end();
    const state = left.length > 1 ? left.shift() : left[0];
    const told = { ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "2026-01-31T12:00:00Z", ...state };
    json(answer, 200, {
      ...{ Id: "web", Name: "/web", RestartCount: 0, State: told, Config: {} },
      HostConfig: { PidsLimit: null, RestartPolicy: { Name: policy } },
    });
  });
  await engine.start();
}

describe("the wait for a container's health", () => {
  it("goes on while somebody restarts it, as the watchdog does with one that was paused for long", async () => {
    await engineWith([stopped, stopped, running]);
    await expect(waitHealthy("web", 60)).resolves.toBeUndefined();
  });

  it("ends when nobody starts it again", async () => {
    let now = Date.parse("2026-01-31T12:00:00Z");
    jest.spyOn(Date, "now").mockImplementation(() => (now += 3_000));
    await engineWith([stopped]);
    await expect(waitHealthy("web", 600)).rejects.toThrow(/^Container web stopped with exit code 2\./);
  });

  it.each<[string, Partial<State>, string, RegExp]>([
    ["is not to be restarted", stopped, "no", /stopped with exit code 2/],
    [
      "could not be started",
      { ...stopped, Error: "port is taken" },
      "unless-stopped",
      /stopped with exit code 2/,
    ],
    ["is paused", { Status: "paused" }, "unless-stopped", /is paused/],
  ])("ends at once where it %s", async (_, state, policy, said) => {
    await engineWith([state, running], policy);
    const failed = waitHealthy("web", 60);
    await expect(failed).rejects.toThrow(UnhealthyError);
    await expect(failed).rejects.toThrow(said);
  });
});
