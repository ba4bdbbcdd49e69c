import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { NestedEngine } from "./support/engine";
import { TestStack } from "./support/stack";

// The developer's own engine is never restarted for a test.
const describeWhereAvailable = NestedEngine.available ? describe : describe.skip;

describeWhereAvailable("an engine that is restarted", () => {
  let engine: NestedEngine;
  let stack: TestStack;
  let services: string[];

  beforeAll(async () => {
    engine = await NestedEngine.create();
    stack = await TestStack.create();
    await stack.up();
    services = await stack.onEngine("container");
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
  });

  // The stack's own folder first, then the engine with all that is on it.
  afterAll(() => engine.dispose());
  afterAll(() => stack.remove());

  const states = (format: string) =>
    docker(["container", "inspect", "--format", `{{.Name}} ${format}`, ...services]).then((text) =>
      text.trim().split("\n"),
    );
  /** Of those that do not run, or whose probe has not passed since they were started. */
  const notHealthy = async () =>
    (await states("{{.State.Status}} {{.State.Health.Status}}")).filter(
      (line) => !line.endsWith(" running healthy"),
    );

  const healthAgain = async () => {
    while ((await notHealthy()).length > 0) await sleep(500);
  };
  const expectAllAsItWas = async () => {
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    const { code, output } = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    expect({ code, output }).toMatchObject({ code: 0 });
  };

  it.each([
    ["in good order", () => engine.stop()],
    ["by a power cut", () => engine.powerCut()],
  ])("%s brings every container back to health by itself, with its rows", async (_how, end) => {
    const before = await states("{{.State.StartedAt}}");
    await end();
    await engine.start();
    await healthAgain();
    expect((await states("{{.State.StartedAt}}")).filter((line) => before.includes(line))).toEqual([]);
    await expectAllAsItWas();
  });

  it("after a kill takes the containers that outlived it for stopped by hand: one command brings them back", async () => {
    await engine.stop("SIGKILL");
    await engine.start();
    await stack.up("--refresh");
    await healthAgain();
    await expectAllAsItWas();
  });

  it("leaves a stack stopped that its operator stopped", async () => {
    await docker(["stop", ...services]);
    await engine.stop();
    await engine.start();
    const after = await states("{{.State.Status}}");
    expect(after.filter((line) => !line.endsWith(" exited"))).toEqual([]);
  });
});
