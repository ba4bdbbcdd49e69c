import { createHash } from "node:crypto";
import { docker } from "../engine/docker";
import { inspectTogether } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";
import { removeVolume, volumeLabels } from "./volume";
import { fillVolume } from "./volume-files";

export interface LiveConfigInputs extends Properties {
  volumeName: string;
  files: Record<string, string>;
  labels: Record<string, string>;
  /** An image that is in the engine and has a shell. */
  imageId: string;
}

/**
 * A volume whose folder `current` holds just these files. A change is written beside them and takes their place in one step,
 * so that a program which follows them never reads half of one configuration and half of another.
 */
export const liveConfig: ResourceType<LiveConfigInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news).filter((key) => key === "volumeName" || key === "files");
    return { changes: changed.length > 0, replaces: changed.filter((key) => key === "volumeName") };
  },
  async create(inputs) {
    const { volumeName, labels } = inputs;
    await docker(["volume", "create", ...volumeLabels(labels), volumeName]);
    await exchange(inputs);
    return { id: volumeName, outputs: {} };
  },
  async update(_olds, news) {
    await exchange(news);
    return {};
  },
  async read({ volumeName }) {
    return (await inspectTogether("volume", volumeName)) ? {} : undefined;
  },
  delete: ({ volumeName }, { log }) => removeVolume(volumeName, log),
};

/** Puts the files into a folder of their own, and has `current`, a link, lead there from one moment to the next. */
export async function exchange({ volumeName, files, imageId }: LiveConfigInputs): Promise<void> {
  const folder = `v-${createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16)}`;
  const script = [
    `ln -sfn ${folder} next`,
    "mv -T next current",
    `for old in v-*; do [ "$old" = ${folder} ] || rm -rf "$old"; done`,
  ].join("\n");
  await fillVolume({ volumeName, files, folder, imageId, script });
}
