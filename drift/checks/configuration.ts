import { lastVolumeEvent } from "../events";
import type { FoundFile } from "../../engine/files";
import type { ExpectedConfig } from "../expected";
import { type Evidence, finding, type Finding, type Repair } from "../finding";
import { containerOf } from "../observe";

/** Whether the volumes with configuration hold what they were made from. */
export function configuration(evidence: Evidence): Finding[] {
  const { expected, observed } = evidence;
  return expected.configs.flatMap((config) => {
    const found = observed.configs.get(config.volumeName);
    if (!observed.volumes.has(config.volumeName)) return [removed(evidence, config)];
    return found ? [...changed(evidence, config, found), ...closed(evidence, config, found)] : [];
  });
}

function removed(evidence: Evidence, { volumeName, service }: ExpectedConfig): Finding {
  const trace = lastVolumeEvent(evidence.observed.events, "destroy", volumeName);
  return finding(
    evidence,
    {
      kind: "configuration",
      object: volumeName,
      service,
      what: "removed",
      expected: "a volume with configuration",
      found: "none",
      trace,
    },
    { repair: { do: "rebuild", service } },
  );
}

type Found = Record<string, FoundFile>;

function changed(evidence: Evidence, config: ExpectedConfig, there: Found): Finding[] {
  const { volumeName, service, files, repair } = config;
  const found = Object.fromEntries(
    Object.entries(there).flatMap(([name, { text }]) => (text === undefined ? [] : [[name, text] as const])),
  );
  const names = [...new Set([...Object.keys(files), ...Object.keys(found)])].sort();
  const own = evidence.expected.services.find(({ name }) => name === service);
  return names
    .filter((name) => files[name] !== found[name])
    .map((name) => {
      const wanted = files[name];
      const told = {
        kind: "configuration" as const,
        object: volumeName,
        service,
        what: name,
        expected: wanted === undefined ? "no such file" : described(wanted),
        found: found[name] === undefined ? "no such file" : firstDifference(wanted, found[name]),
      };
      // Of files that are exchanged all at once none is left; elsewhere one too many goes only with its volume.
      if (wanted === undefined && repair.do === "refill") {
        const remove = `docker rm --force ${own?.containerName ?? ""} && docker volume rm ${volumeName}`;
        return finding(evidence, told, { command: `${remove} && ${evidence.line("rebuild", [service])}` });
      }
      return finding(evidence, told, { repair: repairOf(evidence, config) });
    });
}

/** Files and folders that whoever needs them can't read, or that more may read or change than should. */
function closed(evidence: Evidence, config: ExpectedConfig, there: Found): Finding[] {
  const { volumeName, service } = config;
  return Object.entries(there).flatMap(([name, found]) => {
    const wanted = accessTo(config, name, found);
    const differing = (["mode", "owner"] as const).filter(
      (what) => wanted[what] !== undefined && wanted[what] !== found[what],
    );
    return differing.map((what) =>
      finding(
        evidence,
        {
          kind: "configuration",
          object: volumeName,
          service,
          what: `${what} of ${name === "." ? "its folder" : name}`,
          expected: wanted[what] ?? "",
          found: found[what],
        },
        { repair: repairOf(evidence, config) },
      ),
    );
  });
}

/** How a file or a folder is put into a volume; see provider/volume-files.ts. Whose it is matters where nobody else may read it. */
function accessTo(
  { files, closed: secret }: ExpectedConfig,
  name: string,
  { text }: FoundFile,
): Partial<FoundFile> {
  if (text === undefined) return { mode: "0755" };
  if (secret?.names.includes(name)) return { mode: "0400", owner: secret.user };
  return name in files ? { mode: "0644" } : {}; // one too many is told of as such
}

function repairOf({ expected, observed }: Evidence, { service, repair }: ExpectedConfig): Repair {
  const own = expected.services.find(({ name }) => name === service);
  const container = own && containerOf(own, observed.containers);
  return repair.do === "refill" && container ? { ...repair, container: container.Id } : repair;
}

function described(text: string): string {
  return `${text.split("\n").length} lines`;
}

function firstDifference(wanted: string | undefined, found: string): string {
  if (wanted === undefined) return described(found);
  const [lines, others] = [wanted.split("\n"), found.split("\n")];
  const at = others.findIndex((line, index) => line !== lines[index]);
  return `differs from line ${(at < 0 ? others.length : at) + 1} on`;
}
