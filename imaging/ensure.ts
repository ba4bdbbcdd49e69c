import { begin } from "../progress/run";
import { hasArchive } from "./archive";
import { bring, bringIntoCache, presentId } from "./bring";
import { ImagesError } from "./errors";
import { Keeper } from "./keeper";
import { archiveName } from "./key";
import { withLock } from "./lock";
import { pull } from "./pull";
import { isPinned, originOf } from "./reference";
import type { ImageOptions, ImageRequest, Log } from "./types";

/** Work under way in this process, by image: who asks for the same one meanwhile gets the same answer. */
const underWay = new Map<string, Promise<string>>();

/**
 * Brings the image into the engine: it is there, or it is loaded from the cache, or made. Safe across processes.
 * It has no name there: who uses it names it, and it goes with the last name.
 * @returns its ID.
 */
export function ensureImage(request: ImageRequest, options: ImageOptions): Promise<string> {
  const name = archiveName(request);
  let work = underWay.get(name);
  if (!work) {
    work = ensure(request, name, options.log).finally(() => underWay.delete(name));
    underWay.set(name, work);
  }
  return work;
}

/**
 * Makes images side by side, and keeps them in the cache. What several stand on is made or loaded once, and stays in the engine
 * until all are made; in the end the engine is as it was.
 * @throws ImagesError when all have come to their end.
 */
export async function prepareImages(requests: ImageRequest[], { log }: ImageOptions): Promise<void> {
  if (requests.every(isKept)) return;
  const all = begin(log, `bringing ${requests.length} images`);
  const keeper = new Keeper(requests);
  let there = 0;
  const counted = async (request: ImageRequest) => {
    await prepare(request, log, keeper);
    all.say(`${++there} are there`);
  };
  const results = await Promise.allSettled(requests.map(counted));
  await keeper.release(log);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (errors.length === 0) return all.done();
  all.failed();
  const messages = new Set(errors.map((error) => error.message));
  messages.add("What was made is kept: when that is mended, the same command goes on from there.");
  throw new ImagesError([...messages].join("\n\n"), { cause: errors[0] });
}

async function ensure(request: ImageRequest, name: string, log: Log): Promise<string> {
  const origin = originOf(request);
  if (origin.kind === "pull" && !isPinned(origin.image)) return pull(origin.image, log);
  return (await presentId(name)) ?? withLock(name, log, () => bring(request, name, log));
}

/** Whether the cache has the image; what is not pinned is never kept. */
function isKept(request: ImageRequest): boolean {
  const origin = originOf(request);
  return !(origin.kind === "pull" && !isPinned(origin.image)) && hasArchive(archiveName(request));
}

async function prepare(request: ImageRequest, log: Log, keeper: Keeper): Promise<void> {
  const origin = originOf(request);
  if (origin.kind === "pull" && !isPinned(origin.image)) return void (await pull(origin.image, log));
  const name = archiveName(request);
  if (!hasArchive(name)) await withLock(name, log, () => bringIntoCache(request, name, log, keeper));
}
