import type { ContainerInspectInfo } from "dockerode";
import { containerOf } from "../src/container";

/** What the engine says of a container with that configuration and those probes. */
function inspected(Config: object, outputs: string[] = []): ContainerInspectInfo {
  const Log = outputs.map((Output, ExitCode) => ({ ExitCode, Output }));
  const State = { Status: "running", StartedAt: "", Health: { Status: "unhealthy", Log } };
  return { Id: "1", Name: "/one", RestartCount: 0, State, Config, HostConfig: {} } as ContainerInspectInfo;
}

test("the last probe is the one that counts, without the rest of a long output", () => {
  expect(containerOf(inspected({ Labels: {} }, ["first", " second\n"])).probe).toEqual({
    exitCode: 1,
    output: "second",
  });
  const { output } = containerOf(inspected({ Labels: {} }, ["x".repeat(4096)])).probe ?? {};
  expect(output?.length).toBeLessThan(1000);
});

test("an image that is not the project's own is called what the container was made from", () => {
  const imageOf = (Labels: object) => containerOf(inspected({ Image: "sha256:01", Labels })).image;
  expect(imageOf({})).toBe("sha256:01");
  expect(imageOf({ "dev.mcp.image": "" })).toBe("sha256:01");
  expect(imageOf({ "dev.mcp.image": "node-02" })).toBe("node-02");
});

test("a container has its own time to stop, or the engine's default", () => {
  expect(containerOf(inspected({ Labels: {}, StopTimeout: 0 })).stopGraceMs).toBe(0);
  expect(containerOf(inspected({ Labels: {} })).stopGraceMs).toBe(10_000);
});
