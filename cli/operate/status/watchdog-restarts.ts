import { readLog } from "../../../engine/logs";
import { watchdog } from "../../../topology/watchdog";

/** A container whose restarts are counted. */
interface Counted {
  /** As users know it. */
  name: string;
  /** When it was made, in ISO 8601. */
  created: string;
}

/** What the watchdog writes when it has restarted a container. */
const restarted = "restarted";

/**
 * How often the watchdog has restarted each container since that was made, by its name. The engine's own count knows nothing of
 * it, as a restart on command sets that to 0. The watchdog's log tells, which outlives its process.
 * @param id of the watchdog's container; undefined where there is none.
 */
export async function watchdogRestarts(
  id: string | undefined,
  containers: readonly Counted[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (id === undefined) return counts;
  const made = new Map(containers.map(({ name, created }) => [name, Date.parse(created)]));
  const take = (text: string) => {
    const name = restartIn(text, made);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  // Without its log the engine's count is still told.
  await readLog(id, {}, ({ text }) => take(text)).catch(() => undefined);
  return counts;
}

/** The container that a line of the watchdog's log tells a restart of, if that was made before. */
export function restartIn(line: string, made: ReadonlyMap<string, number>): string | undefined {
  if (!line.includes(`"${restarted}"`)) return undefined;
  try {
    const { message, container, time } = JSON.parse(line) as Partial<Record<string, string>>;
    const since = made.get(container ?? "");
    const counts = message === restarted && since !== undefined && Date.parse(time ?? "") >= since;
    return counts ? container : undefined;
  } catch {
    return undefined; // a line that was broken off
  }
}

/** The service whose log tells. */
export const tells = watchdog.name;
