import type { ContainerState } from "./container";
import { docker, DockerError } from "./docker";

const nanosecondsPerMillisecond = 1e6;
/** What the engine takes where a health check names no timeout. */
const defaultTimeoutMs = 30_000;

/**
 * Runs a container's health check now, as the engine will at its next tick: the first comes a whole interval after the
 * start, which is long when others wait. A container without a health check answers as soon as it runs.
 */
export async function answers(state: ContainerState, signal?: AbortSignal): Promise<boolean> {
  if (state.State.Status !== "running") return false;
  const { Test = [], Timeout = 0 } = state.Config.Healthcheck ?? {};
  const command = commandOf(Test);
  if (!command) return true;
  const timeout = AbortSignal.timeout(Timeout / nanosecondsPerMillisecond || defaultTimeoutMs);
  try {
    await docker(["exec", state.Id, ...command], {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return true;
  } catch (error) {
    if (error instanceof DockerError) return false;
    throw error;
  }
}

function commandOf([kind, ...words]: string[]): string[] | undefined {
  if (kind === "CMD") return words;
  if (kind === "CMD-SHELL") return ["/bin/sh", "-c", words[0] ?? ""];
  return undefined;
}
