import { createHash } from "node:crypto";
import { docker } from "../engine/docker";
import { inspect } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";
import { removeVolume, volumeLabels } from "./volume";
import { fillVolume } from "./volume-files";

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
    await docker(["volume", "create", ...volumeLabels(inputs.labels), volumeName]);
    await fillVolume({ volumeName, files: inputs.files, imageId: inputs.imageId });
    return { id: volumeName, outputs: { volumeName } };
  },
  update: () => Promise.reject(new Error("A volume with configuration is replaced, never updated.")),
  async read(state) {
    const volumeName = configVolumeName(state);
    return (await inspect("volume", volumeName)) ? { volumeName } : undefined;
  },
  delete: (state, { log }) => removeVolume(configVolumeName(state), log),
};

/** The volume's name: the same files are the same volume. */
export function configVolumeName({
  namePrefix,
  files,
}: Pick<ConfigVolumeInputs, "namePrefix" | "files">): string {
  const content = JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${namePrefix}-${createHash("sha256").update(content).digest("hex").slice(0, 12)}`;
}
