import { join, relative } from "node:path";
import TestSequencer from "@jest/test-sequencer";
import { knownDurations, longestFirst } from "./durations";

const root = join(__dirname, "..", "..");

type Tests = Parameters<TestSequencer["sort"]>[0];

/** The longest first, by what the repository knows: on a fresh clone jest knows the files' sizes, which say nothing of time. */
export default class extends TestSequencer {
  override sort(tests: Tests): Tests {
    const placed = tests.map((test) => ({
      test,
      file: relative(root, test.path),
      suite: test.context.config.displayName?.name ?? "",
    }));
    return longestFirst(placed, knownDurations()).map(({ test }) => test);
  }
}
