import { type Container, isHealthy } from "./container";

/** How patient the watchdog is; times in milliseconds. */
export interface RestartRules {
  /** The least time between a container's first restart and its second; it doubles with each further one. */
  firstBackoffMs: number;
  longestBackoffMs: number;
  /** How long a container has to be healthy until its restarts are forgotten. */
  resetAfterMs: number;
}

/** What is remembered of a container from one look to the next. */
export interface History {
  /** Restarts since it was last healthy for long. */
  attempts: number;
  /** When the last restart ended; the backoff counts from there. */
  lastRestart?: number;
  /** A restart is under way. */
  restarting: boolean;
  /** The restart failed, perhaps between stop and start: the container is to be started even where it is stopped. */
  owesStart: boolean;
  /** Somebody else has sent it a signal; until then it may be about to stop, and is left alone. */
  leaveUntil?: number;
  healthySince?: number;
  /**
   * While the watchdog's restart is under way and until it has settled: the stops that the engine has carried out less
   * the restarts. The watchdog's own restart is one of each; what remains was somebody who wants it stopped.
   */
  stops?: number;
}

/** What can happen to a container. */
export type Happening =
  | { kind: "seen"; container: Container }
  /** It was sent a signal: by an operator or an update that stops it, or by the watchdog's own restart. */
  | { kind: "signalled"; stopGraceMs: number }
  /** The engine has carried out a command, the watchdog's own or somebody else's. */
  | { kind: "commanded"; command: "stop" | "restart" }
  | { kind: "restarted" }
  /** The restart failed; `refused` where the engine would not do it, as for a container that is being removed. */
  | { kind: "failed"; refused: boolean };

/** What follows from a happening: what is remembered, and what is to be done. */
export interface Step {
  history: History;
  /** Restart it; the next restart comes no sooner than `backoffMs` after the end of this one. */
  restart?: { attempt: number; backoffMs: number };
  /** Stop it: somebody did so during the restart, which has started it again. */
  stop?: true;
  /** It is healthy again, after that many restarts. */
  recovered?: { attempts: number };
}

/** Of a container that nothing has happened to yet. */
export const noHistory: History = { attempts: 0, restarting: false, owesStart: false };

/** From the engine's word that it sends a signal to the moment when a stop has shown, besides the stop's own time. */
const stopMarginMs = 5000;

/** From the end of a restart to the moment when all that was commanded meanwhile is known. */
const settleMs = 2000;

/** Decides what is to be done about one container. */
export function step(history: History, happening: Happening, now: number, rules: RestartRules): Step {
  switch (happening.kind) {
    case "seen":
      return seen(history, happening.container, now, rules);
    case "signalled":
      if (history.restarting) return { history };
      return {
        history: { ...history, owesStart: false, leaveUntil: now + happening.stopGraceMs + stopMarginMs },
      };
    case "commanded":
      return { history: commanded(history, happening.command) };
    case "restarted":
      return { history: { ...history, restarting: false, lastRestart: now } };
    case "failed":
      return { history: { ...history, restarting: false, lastRestart: now, owesStart: !happening.refused } };
  }
}

/** How long after the end of the given restart the next one has to wait. */
export function backoffMs(attempt: number, { firstBackoffMs, longestBackoffMs }: RestartRules): number {
  return Math.min(firstBackoffMs * 2 ** (attempt - 1), longestBackoffMs);
}

function commanded(history: History, command: "stop" | "restart"): History {
  const { restarting, stops } = history;
  if (stops === undefined) return history;
  if (command === "restart") return { ...history, stops: stops - 1 };
  return restarting ? { ...history, stops: stops + 1 } : history;
}

function seen(before: History, container: Container, now: number, rules: RestartRules): Step {
  const history = { ...before, owesStart: before.owesStart && container.status !== "running" };
  if (hasSettled(history, now)) {
    const { stops = 0 } = history;
    delete history.stops;
    if (stops > 0 && container.status === "running") return { history, stop: true };
  }
  if (isHealthy(container)) return seenHealthy(history, now, rules);
  delete history.healthySince;
  if (!mayRestart(history, container, now, rules)) return { history };
  const attempt = history.attempts + 1;
  return {
    history: { ...history, attempts: attempt, restarting: true, stops: 0 },
    restart: { attempt, backoffMs: backoffMs(attempt, rules) },
  };
}

function seenHealthy(history: History, now: number, { resetAfterMs }: RestartRules): Step {
  const healthySince = history.healthySince ?? now;
  const forgiven = now - healthySince >= resetAfterMs;
  const recovered = history.healthySince === undefined && history.attempts > 0;
  return {
    history: { ...history, healthySince, attempts: forgiven ? 0 : history.attempts },
    ...(recovered ? { recovered: { attempts: history.attempts } } : {}),
  };
}

function hasSettled({ restarting, stops, lastRestart = -Infinity }: History, now: number): boolean {
  return stops !== undefined && !restarting && now >= lastRestart + settleMs;
}

function mayRestart(history: History, container: Container, now: number, rules: RestartRules): boolean {
  const { attempts, lastRestart = -Infinity, restarting, owesStart, leaveUntil = -Infinity } = history;
  const unhealthy = container.status === "running" && container.health === "unhealthy";
  const leftStopped = owesStart && (container.status === "exited" || container.status === "created");
  if (restarting || !(unhealthy || leftStopped)) return false;
  return now >= leaveUntil && (attempts === 0 || now >= lastRestart + backoffMs(attempts, rules));
}
