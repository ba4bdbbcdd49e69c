import { docker } from "../engine/docker";
import { momentaryTag, untag } from "./engine-image";
import { archiveName } from "./key";
import { withLock } from "./lock";
import { originOf } from "./reference";
import type { ImageRequest, Log } from "./types";

/** Keeps in the engine what several images of one run stand on, so that it is not unloaded and loaded again between them. */
export class Keeper {
  private readonly wanted: ReadonlySet<string>;
  private readonly tags = new Map<string, string>();

  /** @param requests the images of the run. */
  constructor(requests: readonly ImageRequest[]) {
    this.wanted = new Set(requests.flatMap(foundationsOf).map(archiveName));
  }

  /** Keeps an image that the engine has, where others stand on it. For who holds its lock. */
  async keep(request: ImageRequest, name: string, id: string): Promise<void> {
    if (!this.wanted.has(name) || this.tags.has(name)) return;
    const tag = momentaryTag(request.image);
    await docker(["image", "tag", id, tag]);
    this.tags.set(name, tag);
  }

  /** Takes the names away again, those given last first, and with them the images that nobody else uses. */
  async release(log: Log): Promise<void> {
    for (const [name, tag] of [...this.tags].reverse()) await withLock(name, log, () => untag(tag));
    this.tags.clear();
  }
}

function foundationsOf(request: ImageRequest): ImageRequest[] {
  const origin = originOf(request);
  if (origin.kind === "pull") return [];
  return Object.values(origin.foundations).flatMap((one) => [one, ...foundationsOf(one)]);
}
