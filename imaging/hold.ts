import { docker } from "../engine/docker";
import { momentaryTag, untag } from "./engine-image";
import { archiveName } from "./key";
import { withLock } from "./lock";
import { pull } from "./pull";
import { isPinned, originOf } from "./reference";
import type { ImageRequest, Log } from "./types";

/** Brings an image into the engine while its lock is held, and gives its ID. */
type Bring = (request: ImageRequest, name: string, log: Log) => Promise<string>;

/**
 * Runs a step that may need a base image: brought into the engine when the step first asks for it, and there until the
 * step's end, whatever others do. It has a name for this step alone, and goes with that name.
 */
export async function withBase<T>(
  base: ImageRequest | undefined,
  bring: Bring,
  log: Log,
  step: (hold: () => Promise<string>) => Promise<T>,
): Promise<T> {
  let held: Promise<string> | undefined;
  try {
    return await step(async () => {
      if (!base) throw new Error("an image without a base asked for it");
      return (held ??= hold(base, bring, log));
    });
  } finally {
    const tag = await held?.catch(() => undefined);
    if (base && tag !== undefined) await withLock(archiveName(base), log, () => untag(tag));
  }
}

async function hold(base: ImageRequest, bring: Bring, log: Log): Promise<string> {
  const origin = originOf(base);
  const name = archiveName(base);
  const tag = momentaryTag(base.image);
  await withLock(name, log, async () => {
    const moving = origin.kind === "pull" && !isPinned(origin.image) ? origin.image : undefined;
    const id = moving ? await pull(moving, log) : await bring(base, name, log);
    await docker(["image", "tag", id, tag]);
  });
  return tag;
}
