import { randomBytes } from "node:crypto";
import { docker } from "../engine/docker";
import { isAlive } from "./cache";
import { repositoryOf, untag } from "./engine-image";
import { archiveName } from "./key";
import { withLock } from "./lock";
import { pull } from "./pull";
import { isPinned, originOf } from "./reference";
import type { ImageRequest, Log } from "./types";

/** A base image in the engine, there until it is released. */
export interface HeldBase {
  tag: string;
  release: () => Promise<void>;
}

/**
 * Brings a base into the engine under a name for one build alone: it stays there while the build needs it, whatever
 * others do, and goes with the name.
 * @param bring brings an image into the engine while its lock is held.
 */
export async function holdBase(
  base: ImageRequest,
  log: Log,
  bring: (request: ImageRequest, name: string, log: Log) => Promise<string>,
): Promise<HeldBase> {
  const origin = originOf(base);
  const name = archiveName(base);
  const tag = `${repositoryOf(base.image)}:held-${process.pid}-${randomBytes(4).toString("hex")}`;
  await withLock(name, log, async () => {
    await dropDeadHolds(base.image);
    const moving = origin.kind === "pull" && !isPinned(origin.image) ? origin.image : undefined;
    const id = moving ? await pull(moving, log) : await bring(base, name, log);
    await docker(["image", "tag", id, tag]);
  });
  return { tag, release: () => withLock(name, log, () => untag(tag)) };
}

/** Names that killed processes have left. */
async function dropDeadHolds(image: string): Promise<void> {
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const tags = (await docker(["image", "ls", ...format, `${repositoryOf(image)}:held-*`])).split("\n");
  for (const tag of tags) {
    const pid = /:held-(\d+)-/.exec(tag)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await untag(tag);
  }
}
