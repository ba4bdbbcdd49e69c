import { OwnLedger } from "../src/access/ledger";
import { SharedLedger, WorkerAccount } from "../src/workers/shared-ledger";

/** A ledger, and as many workers as are to share it; each counts what it asks. */
function shared(workers: number, requestsPerMinute: number) {
  const own = new OwnLedger({ requestsPerMinute, callsPerToolPerMinute: 0, sessions: 0, sessionSeconds: 60 });
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

it("gives back what it does not need", async () => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
  try {
    const [idle, busy] = shared(2, 100);
    expect(await allowed(idle!.ledger)).toBe(true);
    jest.advanceTimersByTime(2500);
    await new Promise((resolve) => setImmediate(resolve));
    let through = 0;
    for (let turn = 0; turn < 120; turn += 1) if (await allowed(busy!.ledger)) through += 1;
    expect(through).toBe(99);
  } finally {
    jest.useRealTimers();
  }
});
