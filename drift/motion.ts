import type { ObservedContainer } from "./observed";

/** How long after a start, a stop or a creation a container is still on its way somewhere: the engine restarts within that. */
export const quietMs = 10_000;

/** Restarts within one run after which nobody needs to look again: it is a loop. */
export const surelyLoops = 3;

/** Whether a container may look different by itself in a moment. */
export function isSettling({ Created, State }: ObservedContainer, now: number): boolean {
  if (["restarting", "removing"].includes(State.Status) || State.Health?.Status === "starting") return true;
  const last = Math.max(...[Created, State.StartedAt, State.FinishedAt].map((time) => Date.parse(time) || 0));
  return now - last < quietMs;
}
