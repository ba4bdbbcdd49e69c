import { LineView } from "../../../progress/lines";
import { logOf } from "../../../progress/log";
import { step } from "../../../progress/run";

let lines: string[];
let view: LineView;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  view = new LineView((line) => lines.push(line));
});
afterEach(() => jest.useRealTimers());

const seconds = (count: number) => jest.advanceTimersByTime(count * 1000);

describe("steps as lines", () => {
  it("say what begins, how long that usually takes, and how long it took", () => {
    const images = logOf("Images", view);
    const building = images.begin("building nginx", 15);
    seconds(12);
    building.done();
    expect(lines).toEqual([
      "  Images [  0 s] building nginx (usually 15 s)",
      "  Images [ 12 s] done building nginx (12 s)",
    ]);
  });

  it("take turns as they begin and end side by side, each with its part", () => {
    const building = logOf("Images", view).begin("building nginx", 15);
    seconds(2);
    const compiling = logOf("Pulumi", view).begin("compiling", 480);
    seconds(3);
    building.done();
    seconds(100);
    compiling.done();
    expect(lines.filter((line) => !line.includes("still"))).toEqual([
      "  Images [  0 s] building nginx (usually 15 s)",
      "  Pulumi [  2 s] compiling (usually 8 min)",
      "  Images [  5 s] done building nginx (5 s)",
      "  Pulumi [105 s] done compiling (1 min 43 s)",
    ]);
  });

  it("say at most one line a minute of all that goes on, with how far it is", () => {
    const compiling = logOf("Pulumi", view).begin("compiling", 480);
    const images = logOf("Images", view);
    const building = ["a", "b", "c", "d", "e", "f"].map((name) => images.begin(`building ${name}`, 40));
    lines = [];
    compiling.say("250 of 2540 packages");
    seconds(59);
    expect(lines).toEqual([]);
    seconds(1);
    expect(lines).toEqual([
      "  Pulumi, Images [ 60 s] still compiling, 250 of 2540 packages (60 s, usually 8 min), " +
        "building a (60 s, usually 40 s), building b (60 s, usually 40 s), building c (60 s, usually 40 s), 3 more",
    ]);
    building.forEach(({ done }) => done());
    lines = [];
    seconds(600);
    expect(lines).toHaveLength(10);
  });

  it("stay silent once nothing runs any more", () => {
    logOf("Images", view).begin("building nginx").done();
    lines = [];
    seconds(600);
    expect(lines).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("tell what took no time once, and what came of it where that is more than its end", () => {
    const check = logOf("Check", view);
    check.begin("loading").done();
    check.begin("format").done("clean");
    expect(lines).toEqual([
      "  Check [  0 s] loading",
      "  Check [  0 s] format",
      "  Check [  0 s] format: clean (0 s)",
    ]);
  });

  it("say that one failed, and hand on why, with its last lines", async () => {
    const failing = step(logOf("Pulumi", view), "compiling", 480, async ({ say, tail }) => {
      for (let line = 1; line <= 40; line++) say(`line ${line}`);
      seconds(3);
      throw new Error(tail());
    });
    await expect(failing).rejects.toThrow(/^line 26\n[\s\S]*line 40$/);
    expect(lines).toEqual([
      "  Pulumi [  0 s] compiling (usually 8 min)",
      "  Pulumi [  3 s] failed compiling (3 s)",
    ]);
  });

  it("end for good with what was stopped", () => {
    logOf("Pulumi", view).begin("compiling", 480);
    seconds(5);
    view.close();
    expect(lines.at(-1)).toBe("  Pulumi [  5 s] stopped compiling (5 s)");
    expect(jest.getTimerCount()).toBe(0);
  });

  it("are lines as well for who takes lines alone", async () => {
    await step(
      (line) => void lines.push(line),
      "building nginx",
      15,
      async () => seconds(70),
    );
    expect(lines).toEqual([
      "building nginx (usually 15 s)",
      "still building nginx (60 s, usually 15 s)",
      "done building nginx (70 s)",
    ]);
  });

  it("have no escape codes", () => {
    const log = logOf("Images", view);
    log("a note");
    log.begin("building nginx", 15).failed();
    // eslint-disable-next-line no-control-regex
    expect(lines.join("")).not.toMatch(/\u001b/);
  });
});
