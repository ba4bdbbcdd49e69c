import { otherFilesFirst } from "./lane";

// A guard against a test that hangs, far above what any takes; no test passes or fails by the clock.
jest.setTimeout(15 * 60_000);

// Between two tests nothing of the file runs: others that wait for a permit come first.
afterEach(() => otherFilesFirst());
