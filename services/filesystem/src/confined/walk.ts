import type { FileHandle } from "node:fs/promises";
import { mountOf, openEntry } from "./descriptor";
import { AccessError } from "./errors";
import { entriesOf, type Entry } from "./files";
import { present } from "./root";
import type { Location } from "./roots";

/** What a walk may cost. */
export interface WalkLimits {
  /** The most entries that are looked at. */
  entries: number;
  /** Ends the walk when its client goes or its time is up. */
  signal?: AbortSignal;
}

/**
 * Goes through all that is below a folder. Links are entries and are not followed; what is mounted below is left out.
 * @param visit is handed each entry with its path from there, and says whether a folder is entered.
 */
export function walk(
  { root, parts, shown }: Location,
  { entries: most, signal }: WalkLimits,
  visit: (path: string[], entry: Entry) => boolean,
): Promise<void> {
  let left = most;
  const enter = async (folder: FileHandle, path: string[], mount: string): Promise<void> => {
    const entries = await entriesOf(folder, shown, left);
    left -= entries.length;
    for (const entry of entries) {
      if (signal?.aborted) throw new AccessError(`${shown}: stopped, as it took too long or was cancelled`);
      const below = [...path, entry.name];
      if (!visit(below, entry) || entry.kind !== "directory" || below.length > 200) continue;
      const handle = await openEntry(folder, entry.name).catch(() => undefined);
      if (!handle) continue;
      try {
        // It may be a link by now; then it is no folder to enter.
        if ((await handle.stat()).isDirectory() && (await mountOf(handle)) === mount)
          await enter(handle, below, mount);
      } finally {
        await handle.close();
      }
    }
  };
  return root.at(parts, shown, { follow: true }, async (place) => {
    const { handle, stats } = present(place, shown);
    if (!stats.isDirectory()) throw new AccessError(`${shown}: it is no folder`);
    await enter(handle, [], await mountOf(handle));
  });
}
