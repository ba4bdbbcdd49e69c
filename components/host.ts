import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema";
import type { Service } from "../topology";

/** What containers need to know of the machine that the engine runs on. */
export interface Host {
  /** The project's folder, absolute. */
  projectFolder: string;
  /** The group that may use the engine's socket. */
  engineSocketGroup: number;
  /** Whether containers can follow the mounts that the host makes later: its root is a shared mount, as with systemd. */
  sharesMounts: boolean;
}

/** Where the engine's socket is for those containers that are given it. */
export const engineSocket = "/var/run/docker.sock";

/** The host as settings say it is, else as this machine looks, which is where the engine usually runs. */
export function engineHost({ projectFolder, engineSocketGroup }: Settings): Host {
  return {
    projectFolder: projectFolder ?? join(__dirname, ".."),
    engineSocketGroup: engineSocketGroup ?? groupOf(engineSocket),
    sharesMounts: sharesMounts(),
  };
}

/** Engines in a virtual machine have their socket there, and it is root's. */
function groupOf(file: string): number {
  try {
    return process.platform === "linux" ? statSync(file).gid : 0;
  } catch {
    return 0;
  }
}

/**
 * The user that a container runs as. It is the owner of the folder that the service works on where that can be told: an
 * engine in a virtual machine makes files its user's by itself, and no container runs as root for a folder of root's.
 */
export function userOf(
  { user, ownerOf }: Pick<Service, "user" | "ownerOf">,
  { projectFolder }: Pick<Host, "projectFolder">,
): string {
  if (!ownerOf || process.platform !== "linux") return user;
  const owner = statSync(join(projectFolder, ownerOf.project), { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? `${owner.uid}:${owner.gid}` : user;
}

/** Source: proc(5), "mountinfo": the optional fields, after the mount's options, name `shared:` where it is. */
function sharesMounts(): boolean {
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return mounts.some((line) => / \/ \/ .* shared:/.test(line.split(" - ")[0] ?? ""));
  } catch {
    return false;
  }
}
