import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/**
 * Providers that a killed Pulumi left running: they go on with what they were doing for minutes, and would make what nobody
 * notes. Only those that worked on this very backend, and whose Pulumi is gone. Empty where there is no /proc to look in.
 */
export async function orphanedProviders(backendUrl = process.env.PULUMI_BACKEND_URL): Promise<number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const numbers = entries.filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(numbers.map((number) => isOrphan(number, backendUrl)));
  return numbers.filter((_, index) => found[index]).map(Number);
}

/** Ends them at once: their Pulumi is not there to hear how they end. */
export function endProviders(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function isOrphan(pid: string, backendUrl: string | undefined): Promise<boolean> {
  const program = await readlink(`/proc/${pid}/exe`).catch(() => "");
  if (!basename(program).startsWith("pulumi-resource-")) return false;
  const variables = (await read(pid, "environ")).split("\0");
  if (!backendUrl || !variables.includes(`PULUMI_BACKEND_URL=${backendUrl}`)) return false;
  const parent = /\) \S (\d+)/.exec(await read(pid, "stat"))?.[1] ?? "1";
  return !(await read(parent, "comm")).startsWith("pulumi");
}

function read(pid: string, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
