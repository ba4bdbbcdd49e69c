import { Calls } from "../calls";

describe("Calls", () => {
  test("finished resolves at once when nothing runs, and with the last call otherwise", async () => {
    const calls = new Calls();
    expect(await calls.finished(0)).toBe(true);
    const [first, second] = [calls.begin(), calls.begin()];
    const finished = calls.finished(10_000);
    first();
    first();
    expect(calls.count).toBe(1);
    second();
    expect(await finished).toBe(true);
  });

  test("finished gives up after its time", async () => {
    const calls = new Calls();
    calls.begin();
    expect(await calls.finished(10)).toBe(false);
  });
});
