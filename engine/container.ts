import { docker } from "./docker";
import { inspect, inspectExisting } from "./inspect";

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
    StartedAt: string;
    Health?: { Status: "starting" | "healthy" | "unhealthy"; Log: ProbeResult[] | null };
  };
  HostConfig: { PidsLimit: number | null; RestartPolicy?: { Name: string } };
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

/** The states of those containers that exist. */
export function inspectAll<T extends ContainerState>(ids: string[]): Promise<T[]> {
  return inspectExisting<T>("container", ids);
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
