import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Who holds a stack's lock, as Pulumi's file backend notes it. The lock never runs out by itself. */
export interface Lock {
  pid: number;
  hostname: string;
  username: string;
  timestamp: string;
}

/** The locks on a stack, by whether their process still runs. Empty where the backend is not a folder of this host. */
export function stackLocks(
  stack: string,
  backendUrl = process.env.PULUMI_BACKEND_URL,
): { alive: Lock[]; stale: Lock[] } {
  const locks = readLocks(stack, backendUrl);
  return { alive: locks.filter(isAlive), stale: locks.filter((lock) => !isAlive(lock)) };
}

function readLocks(stack: string, backendUrl: string | undefined): Lock[] {
  if (!backendUrl?.startsWith("file://")) return [];
  const folder = join(fileURLToPath(backendUrl), ".pulumi", "locks", "organization", "mcp", stack);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")); // beside each lies a file of attributes
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Lock);
}

/** A lock from another host counts as alive, as nobody can tell from here. */
function isAlive({ pid, hostname: host }: Lock): boolean {
  if (host !== hostname()) return true;
  const command = `/proc/${pid}/comm`;
  if (existsSync("/proc/self"))
    return existsSync(command) && readFileSync(command, "utf8").startsWith("pulumi");
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
