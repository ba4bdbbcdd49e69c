import { OwnLedger } from "../src/access/ledger";
import { SharedLedger, WorkerAccount } from "../src/workers/shared-ledger";

/** A ledger, and as many workers as are to share it; each counts what it asks. */
function shared(workers: number, requestsPerMinute: number) {
  const own = new OwnLedger({ requestsPerMinute, callsPerToolPerMinute: 0 });
  return Array.from({ length: workers }, () => {
    const account = new WorkerAccount(own, workers);
    const worker = {
      asked: 0,
      ledger: new SharedLedger((requests) => {
        worker.asked += 1;
        return account.count(requests);
      }),
    };
    return worker;
  });
}

const allowed = async (ledger: SharedLedger) => (await ledger.take("requests", "ann")).allowed;

it("asks the primary far less than once for each request", async () => {
  const [one] = shared(2, 10_000);
  for (let turn = 0; turn < 1000; turn += 1) expect(await allowed(one!.ledger)).toBe(true);
  expect(one!.asked).toBeLessThan(50);
});

it("lets no more than the limit through, and all of it where every worker is asked", async () => {
  const workers = shared(3, 100);
  let through = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    if (await allowed(workers[turn % 3]!.ledger)) through += 1;
  }
  expect(through).toBe(100);
});

it.each([20, 100, 400])(
  "refuses nobody before all %i are taken, whichever worker is asked",
  async (limit) => {
    const [one, other] = shared(2, limit);
    // Each worker's requests of one moment go to the primary in one message.
    const burst = async (ledger: SharedLedger, size: number) =>
      (await Promise.all(Array.from({ length: size }, () => allowed(ledger)))).filter(Boolean).length;
    expect(await burst(one!.ledger, 4)).toBe(4);
    expect(await burst(other!.ledger, limit)).toBe(limit - 4);
    expect(await burst(one!.ledger, 4)).toBe(0);
  },
);

it("keeps no more than an eighth in advance, after a burst as well", async () => {
  const [one, other] = shared(2, 4000);
  await Promise.all(Array.from({ length: 200 }, () => allowed(one!.ledger)));
  let through = 0;
  for (let turn = 0; turn < 4000; turn += 1) if (await allowed(other!.ledger)) through += 1;
  expect(through).toBeGreaterThanOrEqual(3800 * (7 / 8));
});

it("gives back what it does not need", async () => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
  try {
    const [idle, busy] = shared(2, 1000);
    expect(await allowed(idle!.ledger)).toBe(true);
    jest.advanceTimersByTime(2500);
    await new Promise((resolve) => setImmediate(resolve));
    let through = 0;
    for (let turn = 0; turn < 1200; turn += 1) if (await allowed(busy!.ledger)) through += 1;
    expect(through).toBe(999);
  } finally {
    jest.useRealTimers();
  }
});
