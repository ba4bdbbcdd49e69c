import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { docker, DockerError } from "../engine/docker";
import { withFolder } from "../engine/files";
import { inspectTogether } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";

export interface ConfigVolumeInputs extends Properties {
  namePrefix: string;
  files: Record<string, string>;
  labels: Record<string, string>;
  /** Any image that is in the engine; nothing of it runs. */
  imageId: string;
}

/**
 * A volume that holds just these files. It is named by its content and never changed, so that a container that mounts it
 * has read what it holds, and an update that fails leaves the old container with the old files.
 */
export const configVolume: ResourceType<ConfigVolumeInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news).filter((key) => key === "namePrefix" || key === "files");
    return { changes: changed.length > 0, replaces: changed };
  },
  async create(inputs) {
    const volumeName = configVolumeName(inputs);
    const labels = Object.entries(inputs.labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    await docker(["volume", "create", ...labels, volumeName]);
    await fill(volumeName, inputs);
    return { id: volumeName, outputs: { volumeName } };
  },
  update: () => Promise.reject(new Error("A volume with configuration is replaced, never updated.")),
  async read(state) {
    const volumeName = configVolumeName(state);
    return (await inspectTogether("volume", volumeName)) ? { volumeName } : undefined;
  },
  async delete(state, { log }) {
    try {
      await docker(["volume", "rm", configVolumeName(state)]);
    } catch (error) {
      if (!(error instanceof DockerError) || !/no such volume|volume is in use/i.test(error.stderr))
        throw error;
      // Files that were changed and changed back are the same volume again, and the container has it.
      if (/in use/i.test(error.stderr)) log(`${configVolumeName(state)} stays, as a container uses it`);
    }
  },
};

/** The volume's name: the same files are the same volume. */
export function configVolumeName({
  namePrefix,
  files,
}: Pick<ConfigVolumeInputs, "namePrefix" | "files">): string {
  const content = JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${namePrefix}-${createHash("sha256").update(content).digest("hex").slice(0, 12)}`;
}

/** Files reach a volume through a container that mounts it; the engine may be on another machine. */
function fill(volumeName: string, { files, imageId }: ConfigVolumeInputs): Promise<void> {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await readable(folder);
    const mount = ["--network", "none", "--volume", `${volumeName}:/config`];
    const container = (await docker(["container", "create", ...mount, imageId, "true"])).trim();
    try {
      await docker(["cp", `${folder}/.`, `${container}:/config`]);
    } finally {
      await docker(["container", "rm", "--volumes", container]);
    }
  });
}

/** The modes travel along: whatever this process' umask is, the container's user can read. */
async function readable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
