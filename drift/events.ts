/** Something that the engine said of one of its objects. */
export interface EngineEvent {
  type: string;
  /** `stop`, `disconnect`, `health_status: unhealthy`. */
  action: string;
  /** ID of the object; a volume's and an image's is its name. */
  id: string;
  attributes: Record<string, string>;
  /** ISO 8601. */
  time: string;
}

/** The part of an event of the engine's API that is read. */
interface RawEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> | null };
  timeNano: number;
}

const nanosecondsPerMillisecond = 1e6;

/** One of the lines that the engine's events come in. */
export function engineEvent(line: string): EngineEvent {
  const { Type, Action, Actor, timeNano } = JSON.parse(line) as RawEvent;
  return {
    type: Type,
    action: Action,
    id: Actor.ID,
    attributes: Actor.Attributes ?? {},
    time: new Date(timeNano / nanosecondsPerMillisecond).toISOString(),
  };
}

/** What is looked for among the events. */
export interface Sought {
  type: string;
  actions: readonly string[];
  /** The object's ID, or one that it was about: the container that a network lost. */
  about: string;
}

/**
 * The last event of that kind, as text. Events never say which person it was: the engine does not know.
 */
export function lastEvent(
  events: readonly EngineEvent[],
  { type, actions, about }: Sought,
): { since: string; by: string } | undefined {
  const found = events.findLast(
    (event) =>
      event.type === type &&
      actions.includes(event.action) &&
      [event.id, event.attributes.container, event.attributes.name].includes(about),
  );
  if (!found) return undefined;
  const { signal, exitCode } = found.attributes;
  const detail = signal ? ` (signal ${signal})` : exitCode ? ` (exit code ${exitCode})` : "";
  return { since: found.time, by: `engine event "${found.type} ${found.action}"${detail}` };
}

/** The last time that the engine made or removed the volume of this name. */
export function lastVolumeEvent(events: readonly EngineEvent[], action: "create" | "destroy", name: string) {
  return lastEvent(events, { type: "volume", actions: [action], about: name });
}
