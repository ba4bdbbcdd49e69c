import { readdirSync, readFileSync } from "node:fs";

/** What processes have used of the machine so far. */
export interface Usage {
  cpuSeconds: number;
  /** Memory that is theirs alone, and their share of what several have. */
  memoryBytes: number;
}

/** The kernel counts processor time in hundredths of a second, on all common architectures. */
const ticksPerSecond = 100;

/** What a process and all below it have used, those included that have ended and were waited for. */
export function usageOf(pid: number): Usage {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const family = [pid];
  for (const member of family)
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  let [ticks, memoryBytes] = [0, 0];
  for (const member of family) {
    ticks += statOf(member)?.ticks ?? 0;
    memoryBytes += memoryOf(member);
  }
  return { cpuSeconds: ticks / ticksPerSecond, memoryBytes };
}

/** Fields of /proc/PID/stat, which follow the program's name in brackets (proc(5)). */
function statOf(pid: number): { parent: number; ticks: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, waitedUser = 0, waitedSystem = 0] = fields.slice(11, 15);
  return { parent: fields[1] ?? 0, ticks: user + system + waitedUser + waitedSystem };
}

function memoryOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1] ?? 0) * 1024;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // the process has ended
  }
}
