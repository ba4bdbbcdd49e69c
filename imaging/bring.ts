import { step } from "../progress/run";
import { archivedId, hasArchive, loadArchive, saveArchive, takeArchive } from "./archive";
import { build } from "./build";
import { dropDeadNames, imageId, labelledId, momentaryTag, untag } from "./engine-image";
import { withFoundations } from "./hold";
import type { Keeper } from "./keeper";
import { pullAs } from "./pull";
import { recipeOf } from "./recipe";
import { originOf } from "./reference";
import type { ImageRequest, Log } from "./types";

/**
 * Brings an image into the engine: it is there, or it is loaded from the cache, or made. For who holds its lock.
 * @param keeper keeps it there; without one, what was made is loaded again, as one image without a name.
 * @returns the image's ID.
 */
export async function bring(request: ImageRequest, name: string, log: Log, keeper?: Keeper): Promise<string> {
  const there =
    (await presentId(name)) ??
    (await load(name, log)) ??
    (await keptByOthers(name, log)) ??
    ((await takeArchive(name, log)) ? await load(name, log) : undefined);
  if (there !== undefined) {
    await keeper?.keep(request, name, there);
    return there;
  }
  const finish = (fresh: string) =>
    keeper ? letGo(request, name, fresh, keeper) : loadAgain(name, fresh, log);
  return make(request, name, log, finish, keeper);
}

/**
 * Makes an image and keeps it in the cache, and in the engine only what the keeper wants. For who holds its lock.
 */
export async function bringIntoCache(
  request: ImageRequest,
  name: string,
  log: Log,
  keeper: Keeper,
): Promise<void> {
  if (hasArchive(name) || (await keptByOthers(name, log)) !== undefined || (await takeArchive(name, log)))
    return;
  await make(request, name, log, (fresh) => letGo(request, name, fresh, keeper), keeper);
}

/** Takes the name away that an image was made under, once the keeper has had the choice. */
async function letGo(request: ImageRequest, name: string, fresh: string, keeper: Keeper): Promise<string> {
  const id = await requiredId(fresh);
  await keeper.keep(request, name, id);
  await untag(fresh);
  return id;
}

/**
 * Makes an image from its origin, pulled or built on others, and keeps it in the cache.
 * @param finish is given the name that the image has in the engine, while all that it stands on is there too.
 */
function make<T>(
  request: ImageRequest,
  name: string,
  log: Log,
  finish: (tag: string) => Promise<T>,
  keeper?: Keeper,
): Promise<T> {
  const origin = originOf(request);
  const { image } = request;
  const tag = momentaryTag(image);
  const foundations = origin.kind === "build" ? origin.foundations : {};
  const bringOne: typeof bring = (one, its, told) => bring(one, its, told, keeper);
  return withFoundations(foundations, bringOne, log, async (hold) => {
    if (origin.kind === "pull") await pullAs(origin.image, tag, log);
    else
      await build({
        name,
        image,
        tag,
        recipe: recipeOf(image),
        foundations: Object.keys(foundations),
        hold,
        log,
      });
    await keep(name, tag, log);
    return finish(tag);
  });
}

/**
 * What a build leaves is its steps, one on the other. Taken away and loaded again, it is one image, without a name. That
 * is quick as long as its base is in the engine. An image that could not be kept stays as it is.
 */
async function loadAgain(name: string, fresh: string, log: Log): Promise<string> {
  if (!hasArchive(name)) return requiredId(fresh);
  await untag(fresh);
  const loaded = await load(name, log);
  if (loaded === undefined) throw new Error(`${name} was made and kept, but the engine cannot load it again`);
  return loaded;
}

/**
 * The image of a cache that was lost may still be in the engine, under the name of a stack; it is kept anew then. What
 * a killed process has left is taken away first: it is no whole image.
 */
async function keptByOthers(name: string, log: Log): Promise<string | undefined> {
  await dropDeadNames();
  const id = await labelledId(name);
  if (id !== undefined) await keep(name, id, log);
  return id;
}

/** A full disk must not fail what has already worked. */
async function keep(name: string, image: string, log: Log): Promise<void> {
  try {
    await step(log, `keeping ${name} in the cache`, 2, () => saveArchive(name, image));
  } catch (error) {
    log(`could not keep ${name} in the cache, it will have to be made again: ${(error as Error).message}`);
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
