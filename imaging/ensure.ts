import { randomBytes } from "node:crypto";
import { docker, DockerError, inspect } from "../engine/docker";
import { archivedId, hasArchive, loadArchive, saveArchive } from "./archive";
import { build } from "./build";
import { isAlive } from "./cache";
import { imageId, tagOf, untag } from "./engine-image";
import { imageKey } from "./key";
import { withLock } from "./lock";
import { recipeOf } from "./recipe";
import { originOf, type PulledImage } from "./reference";
import { step } from "./step";
import type { ImageOptions, ImageRequest, Log } from "./types";

/** Work under way in this process, by key: who asks for the same image meanwhile gets the same answer. */
const underWay = new Map<string, Promise<string>>();

/**
 * Brings the image into the engine: it is there, or it is loaded from the cache, or made. Safe across processes.
 * @returns its ID.
 */
export function ensureImage(request: ImageRequest, options: ImageOptions): Promise<string> {
  const name = `${request.image}-${imageKey(request)}`;
  let work = underWay.get(name);
  if (!work) {
    work = ensure(request, options.log).finally(() => underWay.delete(name));
    underWay.set(name, work);
  }
  return work;
}

/** Brings images into the engine side by side; what several stand on is made once. */
export async function prepareImages(requests: ImageRequest[], options: ImageOptions): Promise<void> {
  const results = await Promise.allSettled(requests.map((request) => ensureImage(request, options)));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const [first] = errors;
  if (first && errors.length === 1) throw first;
  if (first)
    throw new AggregateError(errors, [...new Set(errors.map((error) => error.message))].join("\n\n"));
}

async function ensure(request: ImageRequest, log: Log): Promise<string> {
  const key = imageKey(request);
  const name = `${request.image}-${key}`;
  const present = hasArchive(name) ? await imageId(tagOf(request.image, key)) : undefined;
  return present ?? withLock(name, log, () => bring(request, key, log));
}

/** To be called with the image's lock held. */
async function bring(request: ImageRequest, key: string, log: Log): Promise<string> {
  const origin = originOf(request);
  if (origin.kind === "pull" && !isPinned(origin.image)) return pull(origin.image, log);
  const name = `${request.image}-${key}`;
  const tag = tagOf(request.image, key);
  const id = (await imageId(tag)) ?? (await idAgain(name)) ?? (await load(name, log)) ?? (await make());
  await docker(["image", "tag", id, tag]);
  await untag(freshTag(tag));
  if (!hasArchive(name)) await keep(name, tag, log);
  return id;

  async function make(): Promise<string> {
    const fresh = freshTag(tag);
    if (origin.kind === "pull") await pullAs(origin.image, fresh, log);
    else await makeOnBase(request, key, fresh, origin.base, log);
    const made = await inspect<{ Id: string; Parent?: string }>("image", fresh);
    if (!made) throw new Error(`the engine does not have ${fresh}, just made; is something removing images?`);
    if (!(await keep(name, fresh, log)) || !made.Parent) return made.Id;
    // The engine's old builder leaves an unnamed image for every step behind. Loaded again, it is one image.
    await untag(fresh);
    return (await load(name, log)) ?? made.Id;
  }
}

/** The name of an image that is not wholly there yet: its final name appears when nothing more happens to it. */
function freshTag(tag: string): string {
  return `${tag}-fresh`;
}

/** The image may be in the engine without its name, under another image that stands on it. */
async function idAgain(name: string): Promise<string | undefined> {
  const id = archivedId(name);
  return id === undefined ? undefined : imageId(id);
}

async function load(name: string, log: Log): Promise<string | undefined> {
  if (!hasArchive(name)) return undefined;
  return step(log, `loading ${name} from the cache`, 2, () =>
    loadArchive(name, (why) => log(`the kept image ${name} is damaged (${why}); it is made again`)),
  );
}

/** A full disk must not fail what has already worked: without an archive the image is made again some day. */
async function keep(name: string, tag: string, log: Log): Promise<boolean> {
  try {
    await step(log, `keeping ${name} in the cache`, 2, () => saveArchive(name, tag));
    return true;
  } catch (error) {
    log(`could not keep ${name} in the cache, it will have to be made again: ${(error as Error).message}`);
    return false;
  }
}

async function makeOnBase(
  request: ImageRequest,
  key: string,
  tag: string,
  base: ImageRequest | undefined,
  log: Log,
): Promise<void> {
  let held: Promise<string> | undefined;
  const hold = () => {
    if (!base) throw new Error(`${request.image} stands on no other image`);
    return (held ??= holdBase(base, log));
  };
  try {
    await build({ image: request.image, key, tag, recipe: recipeOf(request.image), base: hold, log });
  } finally {
    const hold = await held?.catch(() => undefined);
    if (base && hold !== undefined) await withLock(`${base.image}-${imageKey(base)}`, log, () => untag(hold));
  }
}

/**
 * Brings a base into the engine under a name for this build alone: it stays there while the build needs it, whatever
 * others do, and goes with the name, unless it was there before.
 */
async function holdBase(base: ImageRequest, log: Log): Promise<string> {
  const key = imageKey(base);
  return withLock(`${base.image}-${key}`, log, async () => {
    await dropDeadHolds(base.image);
    const tag = tagOf(base.image, key);
    const before = await imageId(tag);
    const id = await bring(base, key, log);
    const hold = `${tag}-held-${process.pid}-${randomBytes(3).toString("hex")}`;
    await docker(["image", "tag", id, hold]);
    if (before === undefined) await untag(tag);
    return hold;
  });
}

/** Names that killed processes have left. */
async function dropDeadHolds(image: string): Promise<void> {
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const tags = (await docker(["image", "ls", ...format, tagOf(image, "*")])).split("\n");
  for (const tag of tags) {
    const pid = /-held-(\d+)-/.exec(tag)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await untag(tag);
  }
}

/** Whether a reference means the same bytes for ever. */
function isPinned(image: PulledImage): boolean {
  return image.identity.startsWith("sha256:");
}

async function pull(image: PulledImage, log: Log): Promise<string> {
  const present = await imageId(image.reference);
  if (present !== undefined) return present;
  try {
    await step(log, `pulling ${image.reference}`, 20, () =>
      docker(["image", "pull", "--quiet", image.reference]),
    );
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new Error(
      `could not pull ${image.reference}: ${error.stderr.trim()}\nIf no registry can be reached from here, set the image ` +
        'source "build"; if a mirror can, set the registry prefix or this image\'s reference',
      { cause: error },
    );
  }
  const id = await imageId(image.reference);
  if (id === undefined)
    throw new Error(`the engine does not have ${image.reference}, which it has just pulled`);
  return id;
}

/** Pulls under the project's own name; the upstream name stays only if it was there before. */
async function pullAs(image: PulledImage, tag: string, log: Log): Promise<void> {
  const before = await imageId(image.reference);
  await docker(["image", "tag", await pull(image, log), tag]);
  if (before === undefined) await untag(image.reference);
}
