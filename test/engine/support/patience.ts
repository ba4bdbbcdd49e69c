// A guard against a test that hangs, far above what any takes; no test passes or fails by the clock.
jest.setTimeout(15 * 60_000);
