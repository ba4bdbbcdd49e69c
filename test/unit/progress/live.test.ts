import { stripVTControlCharacters } from "node:util";
import { canBeLive } from "../../../progress";
import { LiveView, type Screen } from "../../../progress/live";
import { logOf } from "../../../progress/log";

/** A terminal as its user sees it: lines that stay, and the list below them. */
class FakeScreen implements Screen {
  size = { columns: 80, rows: 24 };
  kept: string[] = [];
  list: string[] = [];
  left = 0;

  show(text: string) {
    this.list = stripVTControlCharacters(text).split("\n");
  }

  print(line: string) {
    this.kept.push(stripVTControlCharacters(line));
  }

  leave() {
    this.list = [];
    this.left += 1;
  }
}

let screen: FakeScreen;
let view: LiveView;
beforeEach(() => {
  jest.useFakeTimers();
  screen = new FakeScreen();
  view = new LiveView(screen);
});
afterEach(() => jest.useRealTimers());

const seconds = (count: number) => jest.advanceTimersByTime(count * 1000);
const builds = (count: number) =>
  Array.from({ length: count }, (_, index) => logOf("Images", view).begin(`building ${index + 1}`, 40));

describe("the live list", () => {
  it("has a line for each step that runs: how long beside the usual, and how far it is", () => {
    const compiling = logOf("Pulumi", view).begin("compiling", 100);
    seconds(20);
    logOf("Images", view).begin("building nginx", 15);
    compiling.say("250 of 2540 packages");
    seconds(10);
    expect(screen.list).toEqual([
      "  Pulumi  ▰▰▰▱▱▱▱▱▱▱  30 s, usually 1 min 40 s  compiling: 250 of 2540 packages",
      "  Images  ▰▰▰▰▰▰▱▱▱▱  10 s, usually 15 s        building nginx",
    ]);
  });

  it("keeps a line of what has ended, and of what is said besides", () => {
    const [first, second, third] = builds(3);
    seconds(7);
    first?.done();
    second?.failed();
    logOf("Images", view)("a note");
    third?.done("up to date");
    expect(screen.kept).toEqual([
      "  ✔ Images  building 1  7 s",
      "  ✖ Images  building 2  failed after 7 s",
      "  Images  a note",
      "  ✔ Images  building 3: up to date  7 s",
    ]);
    expect(screen.list).toEqual([]);
  });

  it("keeps no line of what took no time", () => {
    builds(1)[0]?.done();
    expect(screen.kept).toEqual([]);
  });

  it("never has more lines than the terminal, nor longer ones, and says how many are left out", () => {
    builds(30);
    expect(screen.list).toHaveLength(13);
    expect(screen.list.at(-1)).toBe("  … and 18 more");
    screen.size = { columns: 30, rows: 6 };
    seconds(1);
    expect(screen.list).toHaveLength(5);
    expect(screen.list.at(-1)).toBe("  … and 26 more");
    expect(Math.max(...screen.list.map((line) => line.length))).toBeLessThan(30);
  });

  it("gives the terminal back when nothing runs, and stops drawing", () => {
    builds(1)[0]?.done();
    expect(screen.left).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("leaves the terminal to others as long as they want it", () => {
    const [build] = builds(1);
    const resume = view.suspend();
    expect(screen.left).toBe(1);
    seconds(5);
    builds(1);
    expect(screen.list).toEqual([]);
    resume();
    expect(screen.list).toHaveLength(2);
    build?.done();
    expect(screen.list).toHaveLength(1);
  });

  it("ends with what was stopped, of many the oldest", () => {
    builds(8);
    seconds(3);
    view.close();
    expect(screen.list).toEqual([]);
    expect(screen.kept).toHaveLength(6);
    expect(screen.kept[0]).toBe("  – Images  building 1  stopped after 3 s");
    expect(screen.kept.at(-1)).toBe("  … and 3 more");
  });
});

it.each([
  ["on a terminal", true, {}, true],
  ["in a file", false, {}, false],
  ["in CI", true, { CI: "true" }, false],
  ["where escape codes are not wanted", true, { NO_COLOR: "1" }, false],
  ["on a terminal that can't move its cursor", true, { TERM: "dumb" }, false],
])("the list is live or not %s", (_, isTTY, env, live) => {
  expect(canBeLive({ isTTY }, env)).toBe(live);
});
