import { dearestFiles } from "../../../test/run/dearest";

it("shows the ten files that took most of the processors, what all took, and what the machine did meanwhile", () => {
  const files = Array.from({ length: 12 }, (_, index) => ({
    file: `test/${index}.test.ts`,
    wall: 10,
    processor: index,
  }));
  const table = dearestFiles({ wall: 120, machine: 180, cores: 2, files });
  expect(table.split("\n").slice(0, 12).join("\n")).toBe(
    [
      "  The dearest of 12 files        wall  processors",
      "  test/11.test.ts              10.0 s      11.0 s",
      "  test/10.test.ts              10.0 s      10.0 s",
      ...[9, 8, 7, 6, 5, 4, 3, 2].map((n) => `  test/${n}.test.ts               10.0 s       ${n}.0 s`),
      "  All of them                 120.0 s      66.0 s",
    ].join("\n"),
  );
  expect(table).toContain("The run took 2.0 min, and 3.0 min of processors, 75 % of what there are.");
});
