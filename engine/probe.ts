import type { ContainerState } from "./container";
import { askEngine, EngineError, followEngine } from "./api";
import { DockerError } from "./docker";

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
  const limit = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    return (await exitCode(state.Id, command, limit)) === 0;
  } catch (error) {
    if (limit.aborted || error instanceof EngineError || error instanceof DockerError) return false;
    throw error;
  }
}

/** Runs a command in a container; what it writes is of no use here. */
async function exitCode(id: string, command: string[], signal: AbortSignal): Promise<number | null> {
  const post = { method: "POST", signal } as const;
  const wanted = { Cmd: command, AttachStdout: true, AttachStderr: true };
  const exec = await askEngine<{ Id: string }>(`/containers/${id}/exec`, { ...post, body: wanted });
  await followEngine(`/exec/${exec.Id}/start`, () => undefined, { ...post, body: {} });
  return (await askEngine<{ ExitCode: number | null }>(`/exec/${exec.Id}/json`, { signal })).ExitCode;
}

function commandOf([kind, ...words]: string[]): string[] | undefined {
  if (kind === "CMD") return words;
  if (kind === "CMD-SHELL") return ["/bin/sh", "-c", words[0] ?? ""];
  return undefined;
}
