/**
 * How a stack is right now: what `npm run status -- --json` prints. Scripts may rely on it: keys are added, never renamed
 * or removed, and what is not there is `null`.
 */
export interface StackStatus {
  stack: string;
  /** As the engine has it; the range is `null` where there is no such network. */
  network: { name: string; subnet: string | null };
  /** Whether every service is healthy. */
  healthy: boolean;
  /** In the order of the tiers; with `--unhealthy`, only those that are not healthy. */
  services: ServiceStatus[];
  /** Services that the settings ask for and that can't be had here, and why. */
  absent: { name: string; why: string }[];
  /** Containers that carry the stack's label, are on its network or have one of its names, and are not part of it. */
  foreign: ForeignContainer[];
  /** What is wrong, and the one command to run next; `null` where all is well. */
  advice: Advice | null;
}

/**
 * `healthy` and `unhealthy` as the health check finds it, `starting` until it has; `stopped` is a container that ended or
 * was never started, `missing` is none at all.
 */
export type Health = "healthy" | "unhealthy" | "starting" | "stopped" | "restarting" | "paused" | "missing";

export interface ServiceStatus {
  tier: number;
  service: string;
  /** Name of its container on the engine. */
  container: string;
  health: Health;
  /**
   * More on a health that is not `healthy`: the exit code, or the health check's last words. `null` where there is none, as of one
   * that ended as its stop signal makes it end.
   */
  reason: string | null;
  /** Whether an operator stopped it and wants it so (`npm run stop`). */
  held: boolean;
  /** Where it is on the stack's network, as the engine has it; `null` where it has no address there. */
  address: string | null;
  /** Where its settings want it. */
  wantedAddress: string;
  /** Bytes; `null` where it does not run. */
  memory: { used: number; limit: number } | null;
  /** How often it was restarted by the engine, since somebody last started it, and by the watchdog, since it was made. */
  restarts: number | null;
  /** Those of the watchdog alone. */
  restartsByWatchdog: number | null;
  /** When it was started, in ISO 8601; `null` where it does not run. */
  startedAt: string | null;
  image: { name: string; id: string | null };
}

export interface ForeignContainer {
  container: string;
  id: string;
  /** What ties it to the stack. */
  tie: "label" | "network" | "name";
  /** The engine's word for its state, for example `running`. */
  state: string;
}

export interface Advice {
  problem: string;
  command: string;
}
