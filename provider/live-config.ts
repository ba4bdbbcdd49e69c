import { createHash } from "node:crypto";
import { docker } from "../engine/docker";
import { inspect } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";
import { removeVolume, volumeLabels } from "./volume";
import { fillVolume } from "./volume-files";

export interface LiveConfigInputs extends Properties {
  volumeName: string;
  files: Record<string, string>;
  /** Names of those files that only this user, `UID:GID`, may read; the others are for everybody. */
  private?: { names: string[]; user: string };
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
    const changed = changedKeys(olds, news).filter((key) => key !== "labels" && key !== "imageId");
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
    return (await inspect("volume", volumeName)) ? {} : undefined;
  },
  delete: ({ volumeName }, { log }) => removeVolume(volumeName, log),
};

/** Puts the files into a folder of their own, and has `current`, a link, lead there from one moment to the next. */
export async function exchange(inputs: LiveConfigInputs): Promise<void> {
  const { volumeName, files, imageId, private: secret } = inputs;
  const folder = `v-${createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16)}`;
  const closed = (secret?.names ?? []).map((name) => `${folder}/${name}`);
  const script = [
    ...(closed.length > 0
      ? [`chmod 0400 ${closed.join(" ")}`, `chown ${secret?.user} ${closed.join(" ")}`]
      : []),
    `ln -sfn ${folder} next`,
    "mv -T next current",
    `for old in v-*; do [ "$old" = ${folder} ] || rm -rf "$old"; done`,
  ].join("\n");
  await fillVolume({ volumeName, files, folder, imageId, script, mayChown: closed.length > 0 });
}
