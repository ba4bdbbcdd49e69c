import { describeStack, stackNames } from "../../../cli/stack-file";
import { missedChecks } from "../../../services/watchdog/src/deadman";
import { readSettings } from "../../../services/watchdog/src/settings";
import { allServices } from "../../../topology/services";
import type { Probe, Service } from "../../../topology/types";

const watchdog = readSettings({ WATCHDOG_ENVIRONMENT: "test" });
/** The watchdog restarts at the engine's event, or at its own next look should the event be lost. */
const lookSeconds = watchdog.resyncMs / 1000;

/**
 * The longest from the moment in which a service hangs to its restart, in seconds: it has just answered, each check comes an
 * interval after the end of the one before, and lasts until its timeout.
 */
const fromTheHang = ({ interval, timeout, retries }: Probe) => retries * (interval + timeout) + lookSeconds;

/** Likewise from the first check that it does not answer. */
const fromTheFirstCheck = (probe: Probe) => fromTheHang(probe) - probe.interval;

/** Likewise where it does not hang but refuses: each check ends at once. */
const fromTheFailure = ({ interval, retries }: Probe) => retries * interval + lookSeconds;

const isDatabase = ({ dataFormat }: Service) => dataFormat !== undefined;

describe.each(stackNames())("a service of %s that is unhealthy", (stack) => {
  const services = (["registry", "build"] as const).flatMap((source) =>
    allServices(describeStack({ stack }, source).topology),
  );
  const slowest = (all: Service[], seconds: (probe: Probe) => number) =>
    Math.max(0, ...all.map(({ probe }) => seconds(probe)));

  it("is restarted within a minute, whatever it is", () => {
    expect(slowest(services, fromTheHang)).toBeLessThanOrEqual(60);
  });

  it("is restarted within twenty seconds where it is a database", () => {
    const databases = services.filter(isDatabase);
    expect(slowest(databases, fromTheFirstCheck)).toBeLessThanOrEqual(20);
    expect(slowest(databases, fromTheFailure)).toBeLessThanOrEqual(20);
  });
});

it("the watchdog ends itself within a minute where it hangs", () => {
  // The first look for a sign of life that finds none may come a whole pause between two looks after the last sign.
  expect((watchdog.silenceMs / 1000) * (1 + 1 / missedChecks)).toBeLessThanOrEqual(60);
});
