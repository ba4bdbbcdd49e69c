import { docker } from "../engine/docker";
import { momentaryTag, untag } from "./engine-image";
import { archiveName } from "./key";
import { withLock } from "./lock";
import { pull } from "./pull";
import { type Foundations, isPinned, originOf } from "./reference";
import type { ImageRequest, Log } from "./types";

/** Brings an image into the engine while its lock is held, and gives its ID. */
type Bring = (request: ImageRequest, name: string, log: Log) => Promise<string>;

/** Brings the image of that argument into the engine, at most once, and gives the name that it has there. */
export type Hold = (argument: string) => Promise<string>;

/**
 * Runs a step that may need other images: each brought into the engine when the step first asks for it, and there until
 * the step's end, whatever others do. It has a name for this step alone, and goes with that name.
 */
export async function withFoundations<T>(
  foundations: Foundations,
  bring: Bring,
  log: Log,
  step: (hold: Hold) => Promise<T>,
): Promise<T> {
  const held = new Map<string, Promise<string>>();
  try {
    return await step(async (argument) => {
      const request = foundations[argument];
      if (!request) throw new Error(`the recipe names no image for the argument ${argument}`);
      const name = held.get(argument) ?? hold(request, bring, log);
      held.set(argument, name);
      return name;
    });
  } finally {
    for (const [argument, name] of held) await release(foundations[argument], name, log);
  }
}

async function release(request: ImageRequest | undefined, name: Promise<string>, log: Log): Promise<void> {
  const tag = await name.catch(() => undefined);
  if (request && tag !== undefined) await withLock(archiveName(request), log, () => untag(tag));
}

async function hold(request: ImageRequest, bring: Bring, log: Log): Promise<string> {
  const origin = originOf(request);
  const name = archiveName(request);
  const tag = momentaryTag(request.image);
  await withLock(name, log, async () => {
    const moving = origin.kind === "pull" && !isPinned(origin.image) ? origin.image : undefined;
    const id = moving ? await pull(moving, log) : await bring(request, name, log);
    await docker(["image", "tag", id, tag]);
  });
  return tag;
}
