import { askEngine } from "./api";

/** Memory of a container, in bytes. */
export interface MemoryUse {
  used: number;
  limit: number;
}

/** The part of the API's statistics that tells of memory; empty for a container that does not run. */
export interface MemoryStatistics {
  usage?: number;
  limit?: number;
  /** By control groups v1 `total_inactive_file`, by v2 `inactive_file`. */
  stats?: { total_inactive_file?: number; inactive_file?: number };
}

/**
 * The memory of running containers by their IDs; one that can't be told is left out. By the API, as `docker stats` always
 * takes a second reading for its share of the processor, which doubles the time.
 */
export async function memoryUse(ids: readonly string[]): Promise<ReadonlyMap<string, MemoryUse>> {
  const uses = await Promise.all(
    ids.map(async (id) => {
      const path = `/containers/${id}/stats?stream=false&one-shot=true`;
      const answer = await askEngine<{ memory_stats?: MemoryStatistics }>(path).catch(() => undefined);
      return [id, memoryOf(answer?.memory_stats ?? {})] as const;
    }),
  );
  return new Map(uses.flatMap(([id, use]) => (use ? [[id, use] as const] : [])));
}

/** What counts as used: the cache of files that nothing reads any more goes when memory is wanted, and so does not. */
export function memoryOf({ usage, limit, stats = {} }: MemoryStatistics): MemoryUse | undefined {
  if (usage === undefined || limit === undefined) return undefined;
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return { used: Math.max(0, usage - cache), limit };
}
