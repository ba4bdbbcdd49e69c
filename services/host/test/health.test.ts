import { healthReporter } from "../health";

describe("healthReporter", () => {
  test("is ready when every check is, and says which is not and why", async () => {
    const report = healthReporter({
      good: async () => undefined,
      bad: async () => Promise.reject(new Error("refused")),
    });
    const { live, ready, checks } = await report();
    expect({ live, ready }).toEqual({ live: true, ready: false });
    expect(checks.good).toMatchObject({ ok: true });
    expect(checks.bad).toMatchObject({ ok: false, error: "refused" });
  });

  test("does not wait longer than it is told", async () => {
    const report = healthReporter({ silent: () => new Promise<void>(() => undefined) }, 20);
    expect((await report()).checks.silent).toMatchObject({ ok: false, error: "no answer within 20 ms" });
  });

  test("callers that come together share one run", async () => {
    const check = jest.fn(async () => undefined);
    const report = healthReporter({ check });
    await Promise.all([report(), report(), report()]);
    expect(check).toHaveBeenCalledTimes(1);
    await report();
    expect(check).toHaveBeenCalledTimes(2);
  });
});
