import { archivedId, hasArchive, loadArchive, saveArchive } from "./archive";
import { build } from "./build";
import { freshTag, imageId, labelledId, untag } from "./engine-image";
import { type HeldBase, holdBase } from "./hold";
import { pullAs } from "./pull";
import { recipeOf } from "./recipe";
import { originOf } from "./reference";
import { step } from "./step";
import type { ImageRequest, Log } from "./types";

/**
 * Brings an image into the engine: it is there, or it is loaded from the cache, or made. For who holds its lock.
 * @returns the image's ID.
 */
export async function bring(request: ImageRequest, name: string, log: Log): Promise<string> {
  const there = (await presentId(name)) ?? (await load(name, log)) ?? (await keptByOthers(name, log));
  if (there !== undefined) return there;
  const fresh = freshTag(request.image, name);
  if (!(await make(request, name, fresh, log))) return requiredId(fresh);
  // What a build leaves is its steps, one on the other. Taken away and loaded again, it is one image without a name.
  await untag(fresh);
  const loaded = await load(name, log);
  if (loaded === undefined) throw new Error(`${name} was made and kept, but the engine cannot load it again`);
  return loaded;
}

/**
 * Makes an image from its origin, pulled or built on its base, and keeps it in the cache.
 * @param tag the name it has in the engine afterwards.
 * @returns whether it could be kept.
 */
export async function make(request: ImageRequest, name: string, tag: string, log: Log): Promise<boolean> {
  const origin = originOf(request);
  if (origin.kind === "pull") await pullAs(origin.image, tag, log);
  else await makeOnBase(request, name, tag, origin.base, log);
  return keep(name, tag, log);
}

/** The image of a cache that was lost may still be in the engine; it is kept anew then. */
export async function keptByOthers(name: string, log: Log): Promise<string | undefined> {
  const id = await labelledId(name);
  if (id !== undefined) await keep(name, id, log);
  return id;
}

/** A full disk must not fail what has already worked. */
async function keep(name: string, image: string, log: Log): Promise<boolean> {
  try {
    await step(log, `keeping ${name} in the cache`, 2, () => saveArchive(name, image));
    return true;
  } catch (error) {
    log(`could not keep ${name} in the cache, it will have to be made again: ${(error as Error).message}`);
    return false;
  }
}

async function makeOnBase(
  request: ImageRequest,
  name: string,
  tag: string,
  base: ImageRequest | undefined,
  log: Log,
): Promise<void> {
  let held: Promise<HeldBase> | undefined;
  const hold = async () => {
    if (!base) throw new Error(`${request.image} stands on no other image`);
    held ??= holdBase(base, log, bring);
    return (await held).tag;
  };
  try {
    await build({ name, image: request.image, tag, recipe: recipeOf(request.image), base: hold, log });
  } finally {
    const base = await held?.catch(() => undefined);
    await base?.release();
  }
}

/** The ID of the image if the engine has it. */
export async function presentId(name: string): Promise<string | undefined> {
  const id = hasArchive(name) ? archivedId(name) : undefined;
  return id === undefined ? undefined : imageId(id);
}

async function load(name: string, log: Log): Promise<string | undefined> {
  if (!hasArchive(name)) return undefined;
  return step(log, `loading ${name} from the cache`, 2, () =>
    loadArchive(name, (why) => log(`the kept image ${name} is damaged (${why}); it is made again`)),
  );
}

async function requiredId(tag: string): Promise<string> {
  const id = await imageId(tag);
  if (id === undefined)
    throw new Error(`the engine does not have ${tag}, just made; is something removing images?`);
  return id;
}
