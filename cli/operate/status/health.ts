import type { ContainerState } from "../../../engine/container";
import type { Health } from "./types";

/** A container's health in one word, with what more there is to say of one that is not healthy. */
export interface Verdict {
  health: Health;
  reason: string | null;
}

/** The verdict on a service's container as the engine has it, or on there being none. */
export function verdictOn(container: Pick<ContainerState, "State"> | undefined): Verdict {
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
      return { health: "stopped", reason: failure || ended(ExitCode, OOMKilled) };
  }
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
