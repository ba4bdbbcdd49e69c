import { longest, outages } from "../../../cli/preview/downtime";
import type { Change } from "../../../cli/preview/plan";
import { topologyOf, withService } from "./topologies";

const probe = { command: ["CMD", "true"], interval: 5, timeout: 1, startPeriod: 10, retries: 2 };
const timing = { probe, stop: { signal: "SIGTERM", graceSeconds: 30 } };
const dev = ["postgres-db", "mariadb", "postgres-mcp", "mariadb-mcp", "python-experimental"].reduce(
  (topology, name) => withService(topology, name, timing),
  topologyOf(),
);
// A stop of 30 s, a start of 10 s, and two probes that each take 6 s.
const own = { usual: 10, most: 52 };

const replaced = (name: string, removedAt: number, madeAt: number): Change => ({
  action: "replace",
  type: "docker:index/container:Container",
  name,
  because: [],
  removedAt,
  madeAt,
});

describe("what would be down", () => {
  it("is a replaced container, until its probe passes, and whoever has a database in it", () => {
    const [outage] = outages(dev, dev, [replaced("postgres-db", 1, 2)]);
    expect(outage).toEqual({
      service: "postgres-db",
      usualSeconds: own.usual,
      mostSeconds: own.most,
      dependents: ["python-experimental", "postgres-mcp"].sort((a, b) => order(a) - order(b)),
    });
  });

  it("one whose turn comes after another's is down for its own time only", () => {
    const found = outages(dev, dev, [replaced("postgres-db", 1, 2), replaced("postgres-mcp", 3, 4)]);
    expect(found.find(({ service }) => service === "postgres-mcp")).toMatchObject({
      usualSeconds: own.usual,
      mostSeconds: own.most,
    });
  });

  it("one that is removed before what it waits for is made again is down for both", () => {
    const found = outages(dev, dev, [replaced("postgres-db", 2, 3), replaced("postgres-mcp", 1, 4)]);
    expect(found.find(({ service }) => service === "postgres-mcp")).toMatchObject({
      usualSeconds: 2 * own.usual,
      mostSeconds: 2 * own.most,
    });
    expect(longest(found)).toEqual({ usual: 2 * own.usual, most: 2 * own.most });
  });

  it("one that is deleted is down for good, and what is made or changed in place never is", () => {
    const container = { type: "docker:index/container:Container", because: [] };
    const found = outages(dev, dev, [
      { ...container, action: "delete", name: "mariadb-mcp", removedAt: 1 },
      { ...container, action: "create", name: "new", madeAt: 2 },
      { ...container, action: "change", name: "mariadb" },
    ]);
    expect(found).toEqual([
      { service: "mariadb-mcp", usualSeconds: null, mostSeconds: null, dependents: [] },
    ]);
  });
});

function order(name: string): number {
  return dev.tiers.flatMap(({ services }) => services).findIndex((service) => service.name === name);
}
