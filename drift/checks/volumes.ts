import { lastVolumeEvent } from "../events";
import type { ExpectedService, ExpectedVolume } from "../expected";
import { type Evidence, finding, type Finding } from "../finding";
import type { ObservedVolume } from "../observed";

/** Whether each volume is there, is the one that was made, and has its data. */
export function volumes(evidence: Evidence): Finding[] {
  const { expected, observed } = evidence;
  return [
    ...expected.volumes.flatMap((volume) => {
      const found = observed.volumes.get(volume.volumeName);
      return found ? itself(evidence, volume, found) : [removed(evidence, volume)];
    }),
    ...expected.services.flatMap((service) => data(evidence, service)),
  ];
}

function removed(evidence: Evidence, { volumeName, kind }: ExpectedVolume): Finding {
  const trace = lastVolumeEvent(evidence.observed.events, "destroy", volumeName);
  return finding(
    evidence,
    {
      kind: "volume",
      object: volumeName,
      what: "removed",
      expected: `a ${kind} volume`,
      found: "none",
      trace,
    },
    { command: anew(evidence, kind) },
  );
}

function itself(evidence: Evidence, volume: ExpectedVolume, found: ObservedVolume): Finding[] {
  const { volumeName, kind } = volume;
  const told = { kind: "volume" as const, object: volumeName };
  const created = lastVolumeEvent(evidence.observed.events, "create", volumeName);
  const trace = { ...created, since: created?.since ?? found.CreatedAt };
  const mend = {
    command: `docker volume rm ${volumeName} (when no container uses it), then ${anew(evidence, kind)}`,
  };
  const owner = "dev.mcp.environment";
  const values = {
    driver: [volume.driver, found.Driver],
    "driver options": ["none", options(found)],
    replaced: [volume.labels[owner] ?? "not labelled", found.Labels?.[owner] ?? "not labelled"],
  };
  return Object.entries(values)
    .filter(([, [expected, actual]]) => expected !== actual)
    .map(([what, [expected = "", actual = ""]]) =>
      finding(evidence, { ...told, what, expected, found: actual, trace }, mend),
    );
}

function options({ Options }: ObservedVolume): string {
  const given = Object.entries(Options ?? {}).map(([name, value]) => `${name}=${value}`);
  return given.join(", ") || "none";
}

/** A volume with data carries its environment's mark, which goes with whatever empties it. */
function data(evidence: Evidence, service: ExpectedService): Finding[] {
  const { dataVolumes } = service;
  return (dataVolumes?.paths ?? []).flatMap((path) => {
    const key = `${service.name} ${path}`;
    const { marks, volumes: there } = evidence.observed;
    const volumeName =
      service.args.volumes?.find(({ containerPath }) => containerPath === path)?.volumeName ?? path;
    // Of a container that is gone nothing can be read, and a volume that is gone is told of already.
    if (!marks.has(key) || !there.has(volumeName) || marks.get(key) === dataVolumes?.mark) return [];
    const mark = marks.get(key);
    return [
      finding(
        evidence,
        {
          kind: "volume",
          object: volumeName,
          service: service.name,
          what: mark === undefined ? "emptied" : "exchanged",
          expected: `the mark ${dataVolumes?.mark ?? ""}`,
          found: mark === undefined ? "no mark: what was in it is gone" : `the mark ${mark}`,
        },
        // A database that began anew has no users, without which an update would not find its services healthy.
        { command: `${evidence.line("drift", ["--fix"])}; ${anew(evidence, "data")}` },
      ),
    ];
  });
}

/** Data comes back from a backup alone; that there is none any more is for somebody to accept. */
function anew({ line }: Evidence, kind: string): string {
  return kind === "data"
    ? `${line("up")} (it goes on without the data; a backup is put back before)`
    : line("up");
}
