import type { Topology, VolumeSpec } from "../../topology";
import { allServices } from "../../topology/services";
import type { Change } from "./plan";

/** Data that a change would lose, or hand to a program that can't read it. */
export interface Risk {
  /** The volume's name in the topology, by which the loss is allowed. */
  volume: string;
  /** Its name on the engine. */
  volumeName: string;
  /** What would happen to it, as the end of a sentence that begins with its name. */
  what: string;
  /** Who allowed it, and where; absent where nobody did. */
  allowedBy?: string;
}

/** Somebody's word that a volume's data may go. */
export interface Allowance {
  volume: string;
  /** For example `commit 1a2b3c4 (Move to PostgreSQL 17)`. */
  by: string;
}

const volumeType = "docker:index/volume:Volume";

const fates: Partial<Record<Change["action"], string>> = {
  replace: "would be replaced: the new one starts empty, and nothing of the stack reads the old one again",
  delete: "would be deleted with its data",
  forget: "would leave the stack: it stays on the engine, and nothing of the stack reads it again",
};

/**
 * The data that a change puts at risk: data volumes that are replaced, deleted or left behind, that lose the service that
 * mounts them, or whose service changes to software that reads another format.
 * @param before the topology as it was; undefined where that is not known or the stack is new
 * @param changes what the update would do; undefined where that can't be known, and the topologies alone tell
 */
export function dataRisks(
  before: Topology | undefined,
  after: Topology,
  changes: readonly Change[] | undefined,
  allowances: readonly Allowance[] = [],
): Risk[] {
  const found = [
    ...(changes ? volumesTouched(before, after, changes) : volumesGone(before, after)),
    ...(before ? mountsLost(before, after) : []),
    ...(before ? formatsChanged(before, after) : []),
  ];
  const first = new Map(found.map((risk) => [`${risk.volume} ${risk.what}`, risk]));
  return [...first.values()].map((risk) => {
    const allowance = allowances.find(({ volume }) => volume === risk.volume);
    return allowance ? { ...risk, allowedBy: allowance.by } : risk;
  });
}

function volumesTouched(before: Topology | undefined, after: Topology, changes: readonly Change[]): Risk[] {
  const known = new Map([...after.volumes, ...(before?.volumes ?? [])].map((spec) => [spec.name, spec]));
  return changes.flatMap(({ type, name, id, action }) => {
    const what = fates[action];
    const spec = known.get(name);
    // A volume that no topology knows any more is taken for one with data: its kind can't be asked.
    if (type !== volumeType || !what || spec?.kind === "cache") return [];
    return [{ volume: name, volumeName: id ?? spec?.volumeName ?? name, what }];
  });
}

function volumesGone(before: Topology | undefined, after: Topology): Risk[] {
  return dataVolumes(before).flatMap(({ name, volumeName }) => {
    const now = after.volumes.find((volume) => volume.name === name);
    if (now?.volumeName === volumeName) return [];
    return [{ volume: name, volumeName, what: (now ? fates.replace : fates.forget) ?? "" }];
  });
}

function mountsLost(before: Topology, after: Topology): Risk[] {
  const kept = mounts(after);
  return dataVolumes(before).flatMap(({ name, volumeName }) =>
    mounts(before)
      .filter((mount) => mount.volume === name)
      .filter(
        ({ service, path }) =>
          !kept.some((now) => now.volume === name && now.service === service && now.path === path),
      )
      .map(({ service, path }) => ({
        volume: name,
        volumeName,
        what: `would no longer be mounted by ${service} at ${path}`,
      })),
  );
}

function formatsChanged(before: Topology, after: Topology): Risk[] {
  return allServices(before).flatMap(({ name, dataFormat, volumes }) => {
    const now = allServices(after).find((service) => service.name === name);
    if (!dataFormat || !now || now.dataFormat === dataFormat) return [];
    const what = `holds data of ${dataFormat}, which ${name} as ${now.dataFormat ?? "other software"} would not read: it needs a migration`;
    return dataVolumes(before)
      .filter((volume) => volumes.some((mount) => mount.volume === volume.name))
      .map(({ name: volume, volumeName }) => ({ volume, volumeName, what }));
  });
}

function dataVolumes(topology: Topology | undefined): VolumeSpec[] {
  return (topology?.volumes ?? []).filter(({ kind }) => kind === "data");
}

function mounts(topology: Topology) {
  return allServices(topology).flatMap(({ name, volumes }) =>
    volumes.map(({ volume, path }) => ({ service: name, volume, path })),
  );
}
