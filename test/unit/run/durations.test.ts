import { durationsOf, longestFirst } from "../../../test/run/durations";

const order = (files: [suite: string, file: string][], durations: Record<string, number>) =>
  longestFirst(
    files.map(([suite, file]) => ({ suite, file })),
    durations,
  ).map(({ file }) => file);

it("starts the longest files first, of whatever suite", () => {
  const files: [string, string][] = [
    ["unit", "a"],
    ["engine", "b"],
    ["engine", "c"],
  ];
  expect(order(files, { a: 20, b: 10, c: 30 })).toEqual(["c", "a", "b"]);
});

it("takes a new file to be as long as the middle one of its suite", () => {
  const files: [string, string][] = [
    ["unit", "new unit"],
    ["unit", "unit"],
    ["engine", "new"],
    ["engine", "short"],
    ["engine", "middle"],
    ["engine", "long"],
  ];
  const durations = { unit: 1, short: 10, middle: 20, long: 300 };
  expect(order(files, durations)).toEqual(["long", "new", "middle", "short", "new unit", "unit"]);
});

it("keeps whole seconds, the longest first", () => {
  const files = [
    { file: "b", wall: 1.2, processor: 9 },
    { file: "a", wall: 1.4, processor: 9 },
    { file: "c", wall: 30.5, processor: 9 },
  ];
  expect(durationsOf(files)).toBe('{\n  "c": 31,\n  "a": 1,\n  "b": 1\n}\n');
});
