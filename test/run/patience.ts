// A guard against a test that hangs, far above what any takes on the busiest machine; none passes or fails by the clock.
jest.setTimeout(15 * 60_000);
