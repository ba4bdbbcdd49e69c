import { setTimeout as sleep } from "node:timers/promises";
import { docker, DockerError, inspect } from "./docker";

/** The part of `docker container inspect` that health is read from. */
export interface ContainerState {
  Id: string;
  Name: string;
  RestartCount: number;
  State: {
    Status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    Health?: { Status: "starting" | "healthy" | "unhealthy"; Log: ProbeResult[] | null };
  };
  HostConfig: { PidsLimit: number | null };
  /** Times in nanoseconds. */
  Config: { Healthcheck?: { Test?: string[]; Timeout?: number } };
}

/** One run of a health check. */
export interface ProbeResult {
  Start: string;
  End: string;
  ExitCode: number;
  Output: string;
}

/** A container's state, or undefined where there is no such container. */
export function inspectContainer(id: string): Promise<ContainerState | undefined> {
  return inspect<ContainerState>("container", id);
}

/** How long a question waits for others that are asked at the same moment. */
const gatherMs = 15;

let gathering: { ids: Set<string>; answers: Promise<ContainerState[]> } | undefined;

/**
 * A container's state like `inspectContainer`, asked together with all others that are asked for at the same moment: a
 * preview looks at every container, and starting the CLI takes longer than its answer.
 */
export async function inspectTogether(id: string): Promise<ContainerState | undefined> {
  if (!gathering) {
    const ids = new Set<string>();
    const answers = sleep(gatherMs).then(() => {
      gathering = undefined;
      return inspectAll([...ids]);
    });
    gathering = { ids, answers };
  }
  gathering.ids.add(id);
  return (await gathering.answers).find((state) => state.Id === id);
}

/** The states of those containers that exist. */
export async function inspectAll<T extends ContainerState>(ids: string[]): Promise<T[]> {
  const text = await docker(["container", "inspect", ...ids]).catch((error: unknown) => {
    // One that is missing fails the command, which has named the others all the same.
    if (error instanceof DockerError && /no such container/i.test(error.stderr)) return error.stdout;
    throw error;
  });
  return JSON.parse(text) as T[];
}

/** Running, and either healthy or without a health check. */
export function isHealthy({ State }: ContainerState): boolean {
  return State.Status === "running" && (State.Health?.Status ?? "healthy") === "healthy";
}

/** A container's last log lines, standard output and error together, for a message to an operator. */
export async function lastLogLines(id: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  await docker(["logs", "--tail", String(count), id], { onLine: (line) => lines.push(line) });
  return lines.slice(-count);
}
