import { readdirSync, readFileSync } from "node:fs";

/** The state of a process that was sent SIGSTOP. Source: proc(5), `/proc/pid/stat`. */
const stopped = "T";

/**
 * Ends the watchdog's process if it was stopped as a whole, by a signal or a debugger: its own dead man's thread is
 * stopped with it, and nobody else looks after the watchdog.
 * @param program the file that the process was started with.
 * @returns whether there was one.
 */
export function endIfStopped(program: string): boolean {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = processes.filter((pid) => wasStartedWith(pid, program) && stateOf(pid) === stopped);
  for (const pid of found) process.kill(Number(pid), "SIGKILL");
  return found.length > 0;
}

/** Without further words: a health check is started with the same file. */
function wasStartedWith(pid: string, program: string): boolean {
  return read(pid, "cmdline").split("\0").filter(Boolean).at(-1) === program;
}

function stateOf(pid: string): string | undefined {
  return /\) (\S)/.exec(read(pid, "stat"))?.[1];
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
