import { constants } from "node:os";
import type { ContainerState } from "../../../engine/container";
import type { StopSpec } from "../../../topology";
import type { Health } from "./types";

/** A container's health in one word, with what more there is to say of one that is not healthy. */
export interface Verdict {
  health: Health;
  reason: string | null;
}

/**
 * The verdict on a service's container as the engine has it, or on there being none. One that ended as its stop signal makes it
 * end was stopped by somebody: no reason is given, as there is no fault to look for.
 */
export function verdictOn(container: Pick<ContainerState, "State"> | undefined, stop: StopSpec): Verdict {
  if (!container) return { health: "missing", reason: null };
  const { Status, ExitCode, OOMKilled, Error: failure, Health: check } = container.State;
  switch (Status) {
    case "running":
      if (!check || check.Status === "healthy") return { health: "healthy", reason: null };
      return { health: check.Status, reason: lastWords(check.Log) };
    case "paused":
      return { health: "paused", reason: null };
    case "restarting":
      return { health: "restarting", reason: ended(ExitCode, OOMKilled) };
    case "created":
      return { health: "stopped", reason: failure || "never started" };
    default:
      if (!failure && !OOMKilled && endsOf(stop).includes(ExitCode))
        return { health: "stopped", reason: null };
      return { health: "stopped", reason: failure || ended(ExitCode, OOMKilled) };
  }
}

/** The codes of a program that was told to stop. One that ends by itself is started again, and is not found stopped. */
function endsOf({ signal, exitCode }: StopSpec): number[] {
  const number = constants.signals[signal as NodeJS.Signals];
  return [0, 128 + number, ...(exitCode === undefined ? [] : [exitCode])];
}

function ended(exitCode: number, outOfMemory: boolean): string {
  return `exit code ${exitCode}${outOfMemory ? ", out of memory" : ""}`;
}

/** The first line of what the last failed health check wrote. */
function lastWords(log: { ExitCode: number; Output: string }[] | null): string | null {
  const last = log?.at(-1);
  if (!last || last.ExitCode === 0) return null;
  return last.Output.trim().split("\n")[0] || `health check's exit code ${last.ExitCode}`;
}
