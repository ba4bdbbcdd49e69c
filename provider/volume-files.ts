import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { docker } from "../engine/docker";
import { withFolder } from "../engine/files";

/** Files for a volume. */
export interface VolumeFiles {
  volumeName: string;
  /** Text by file name; a name may hold folders. */
  files: Record<string, string>;
  /** Where in the volume; its root where left out. */
  folder?: string;
  /** Any image that is in the engine. */
  imageId: string;
  /** Run in the volume, which is the working directory, once the files are there; without it nothing of the image runs. */
  script?: string;
  /** Whether the script gives files to others. */
  mayChown?: boolean;
}

/** Files reach a volume through a container that mounts it; the engine may be on another machine. */
export function fillVolume(filling: VolumeFiles): Promise<void> {
  const { volumeName, files, folder = "", imageId, script, mayChown } = filling;
  return withFolder(async (local) => {
    for (const [name, text] of Object.entries(files)) {
      const file = join(local, folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await readable(local);
    const container = (
      await docker([
        ...["container", "create", "--network", "none", "--volume", `${volumeName}:/config`],
        ...[
          "--workdir",
          "/config",
          "--user",
          "0:0",
          "--cap-drop",
          "ALL",
          ...(mayChown ? ["--cap-add", "CHOWN"] : []),
          "--security-opt",
          "no-new-privileges",
        ],
        ...(script === undefined ? [imageId, "true"] : ["--entrypoint", "sh", imageId, "-euc", script]),
      ])
    ).trim();
    try {
      await docker(["cp", `${local}/.`, `${container}:/config`]);
      if (script !== undefined) await docker(["start", "--attach", container]);
    } finally {
      await docker(["container", "rm", "--force", "--volumes", container]);
    }
  });
}

/** The modes travel along: whatever this process' umask is, the container's user can read. */
async function readable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
