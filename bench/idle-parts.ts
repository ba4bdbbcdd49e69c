import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../engine/docker";
import { processesIn, processorTime } from "../test/engine/support/cgroups";
import type { NestedEngine } from "../test/engine/support/engine";

/** Processor time by who used it: the engine's daemons, what they start, and each container; milliseconds for each minute. */
export type IdleParts = Record<string, number>;

/** The daemons that are told apart from what they start. */
const daemons = ["dockerd", "containerd"];

/** Processor time in seconds until now, by part. */
type Readings = Map<string, number>;

/** What an engine and its containers use for so many seconds, in which all of them stay. */
export async function idleParts(engine: NestedEngine, seconds: number): Promise<IdleParts> {
  const names = await containerNames();
  const before = read(engine, names);
  const began = performance.now();
  await sleep(seconds * 1_000);
  const minutes = (performance.now() - began) / 60_000;
  const after = read(engine, names);
  const used = (name: string) => (((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1_000) / minutes;
  return Object.fromEntries([...after.keys()].map((name) => [name, used(name)]));
}

/** The parts as shares of a processor, the dearest first. */
export function shares(parts: IdleParts): string {
  const share = (milliseconds: number) => (milliseconds / 60_000).toFixed(4);
  return Object.entries(parts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, time]) => `${name} ${share(time)}`)
    .join(", ");
}

function read(engine: NestedEngine, names: ReadonlyMap<string, string>): Readings {
  const groups = engine.groups();
  const own = processesIn(groups.engine).flatMap(processOf);
  const apart = daemons.map((name) => [name, total(own.filter((one) => one.name === name))] as const);
  const rest = processorTime(groups.engine) - apart.reduce((time, [, seconds]) => time + seconds, 0);
  const containers = [...groups.containers].map(
    ([id, group]) => [names.get(id) ?? id, processorTime(group)] as const,
  );
  return new Map([...apart, ["shims and runc", rest], ...containers]);
}

/** The containers' names by their IDs, without what they begin with in common. */
async function containerNames(): Promise<Map<string, string>> {
  const text = await docker(["ps", "--no-trunc", "--format", '{{.ID}} {{.Label "dev.mcp.service"}}']);
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
}

interface OwnProcess {
  name: string;
  seconds: number;
}

/** Clock ticks in a second, for which every Linux on usual machines says 100. */
const ticks = 100;

/** A process with its processor time, without that of those it has started; nothing where it has ended. */
function processOf(pid: string): OwnProcess[] {
  try {
    // Source: proc(5), `/proc/pid/stat`: the name is in brackets and may hold any character; user and system time follow.
    const [, name = "", rest = ""] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    return [{ name, seconds: (Number(fields[11]) + Number(fields[12])) / ticks }];
  } catch {
    return [];
  }
}

function total(processes: readonly OwnProcess[]): number {
  return processes.reduce((time, { seconds }) => time + seconds, 0);
}
