import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Ticks in a second, in which Linux tells programs of processor time. */
const ticks = 100;

/**
 * Processor time that this process has taken, in seconds, together with those that it started and that have ended, and theirs.
 * What is done for them elsewhere, by the engine for one, is not in it. Without Linux it is this process' alone.
 */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenSeconds();
}

function childrenSeconds(): number {
  try {
    // Behind the name, which may hold anything: state is the 3rd field, cutime and cstime are the 16th and 17th.
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) / ticks;
  } catch {
    return 0;
  }
}

/** Processor time of everything that has run on the machine since it started, in seconds. */
export function machineSeconds(): number {
  const times = cpus().flatMap(({ times: { user, nice, sys, irq } }) => [user, nice, sys, irq]);
  return times.reduce((sum, one) => sum + one, 0) / 1000;
}
