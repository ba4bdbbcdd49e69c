import type { Service, Topology } from "../../topology";
import { allServices } from "../../topology/services";
import type { Change } from "./plan";

/** A service that an update would take down. Times are estimates, in seconds. */
export interface Outage {
  service: string;
  /** From its stop to its health when all goes as usual; null where it goes for good. */
  usualSeconds: number | null;
  /** The longest an update waits before it fails: the whole stop, and every probe failing. */
  mostSeconds: number | null;
  /** Services that stay up, and have their database in it. */
  dependents: string[];
}

const containerType = "docker:index/container:Container";

/** Moments after the update began, in seconds. */
interface Moments {
  usual: number;
  most: number;
}

/**
 * What would be down, and for how long. A replaced container is gone while it stops and until its probe passes; where it
 * waits for another replaced one, and was removed before that one was made, it is gone for as long as both take.
 */
export function outages(before: Topology | undefined, after: Topology, changes: readonly Change[]): Outage[] {
  const touched = new Map(
    changes.filter(({ type }) => type === containerType).map((change) => [change.name, change]),
  );
  const all = services(after);
  const down = new Set([...touched].filter(([, change]) => isDown(change)).map(([name]) => name));
  const backAt = backUp(all, touched);
  const still = [...all, ...services(before).filter(({ name }) => !all.some((one) => one.name === name))];
  return [...down].map((service) => {
    const change = touched.get(service);
    const back = change?.action === "replace" ? backAt(service) : undefined;
    const from = change ? goneFrom(change, all, touched, backAt) : { usual: 0, most: 0 };
    return {
      service,
      usualSeconds: back ? back.usual - from.usual : null,
      mostSeconds: back ? back.most - from.most : null,
      dependents: dependents(service, still).filter((name) => !down.has(name)),
    };
  });
}

/** How long the whole of it takes, by the same estimate. */
export function longest(found: readonly Outage[]): Moments {
  return {
    usual: Math.max(0, ...found.map(({ usualSeconds }) => usualSeconds ?? 0)),
    most: Math.max(0, ...found.map(({ mostSeconds }) => mostSeconds ?? 0)),
  };
}

function isDown({ action }: Change): boolean {
  return action === "replace" || action === "delete" || action === "forget";
}

/** When each replaced service is healthy again: after those that it depends on, and its own change. */
function backUp(all: readonly Service[], touched: ReadonlyMap<string, Change>) {
  const known = new Map<string, Moments>();
  const backAt = (name: string): Moments => {
    const found = known.get(name);
    if (found) return found;
    const service = all.find((one) => one.name === name);
    const after = latest((service?.dependsOn ?? []).map(backAt));
    const own =
      service && touched.get(name)?.action === "replace" ? ownSeconds(service) : { usual: 0, most: 0 };
    const back = { usual: after.usual + own.usual, most: after.most + own.most };
    known.set(name, back);
    return back;
  };
  return backAt;
}

/** A service is removed when its own turn comes, but before all others where what it depends on is removed as well. */
function goneFrom(
  change: Change,
  all: readonly Service[],
  touched: ReadonlyMap<string, Change>,
  backAt: (name: string) => Moments,
): Moments {
  const below = all.find(({ name }) => name === change.name)?.dependsOn ?? [];
  const early = below.some((name) => (touched.get(name)?.madeAt ?? -1) > (change.removedAt ?? Infinity));
  return early ? { usual: 0, most: 0 } : latest(below.map(backAt));
}

function ownSeconds({ stop, probe }: Service): Moments {
  return {
    usual: probe.startPeriod,
    most: stop.graceSeconds + probe.startPeriod + probe.retries * (probe.interval + probe.timeout),
  };
}

function latest(moments: readonly Moments[]): Moments {
  return {
    usual: Math.max(0, ...moments.map(({ usual }) => usual)),
    most: Math.max(0, ...moments.map(({ most }) => most)),
  };
}

/** Those that keep their data in it: a tier waits for the whole one below, which says little of who needs whom. */
function dependents(name: string, all: readonly Service[]): string[] {
  return all
    .filter(({ databaseUsers }) => databaseUsers.some(({ server }) => server === name))
    .map((service) => service.name);
}

function services(topology: Topology | undefined): Service[] {
  return topology ? allServices(topology) : [];
}
