import type { ContainerInspectInfo } from "dockerode";

/** A container of the environment, as the engine described it last. */
export interface Container {
  id: string;
  name: string;
  service: string;
  tier: string;
  image: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  status: string;
  /** The engine's verdict; `none` where the container has no health check. */
  health: "none" | "starting" | "healthy" | "unhealthy";
  /** What its last probe said. */
  probe?: { exitCode: number; output: string };
  /** Start of its main process in seconds since 1970; absent where it never ran. */
  startedAt?: number;
  /** How often the engine has restarted it since somebody last started it. */
  restartCount: number;
  /** How long it may take to stop, in milliseconds. */
  stopGraceMs: number;
  /** Absent where it has none. */
  memoryLimitBytes?: number;
}

/** The engine's own default where a container names no stop timeout. */
const defaultStopSeconds = 10;

/** A probe's output that goes into a log line. */
const longestOutput = 500;

/** Whether it does what it is there for; without a health check that is to run. */
export function isHealthy({ status, health }: Container): boolean {
  return status === "running" && (health === "healthy" || health === "none");
}

/** What the watchdog needs of what the engine says. */
export function containerOf(info: ContainerInspectInfo): Container {
  const { State, Config, HostConfig } = info;
  const probe = State.Health?.Log?.at(-1);
  const started = Date.parse(State.StartedAt) / 1000;
  const { StopTimeout } = Config as { StopTimeout?: number }; // the types lack it
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ""),
    service: Config.Labels["dev.mcp.service"] ?? "",
    tier: Config.Labels["dev.mcp.tier"] ?? "",
    // A container is made from an image's ID; the label, where there is one, says which image that is.
    image: Config.Labels["dev.mcp.image"] || Config.Image,
    status: State.Status,
    health: healthOf(State.Health?.Status),
    ...(probe ? { probe: { exitCode: probe.ExitCode, output: shortened(probe.Output) } } : {}),
    ...(started > 0 ? { startedAt: started } : {}), // the year 1 where it never ran
    restartCount: info.RestartCount,
    stopGraceMs: (StopTimeout ?? defaultStopSeconds) * 1000,
    ...(HostConfig.Memory ? { memoryLimitBytes: HostConfig.Memory } : {}),
  };
}

function healthOf(status: string | undefined): Container["health"] {
  return status === "starting" || status === "healthy" || status === "unhealthy" ? status : "none";
}

function shortened(output: string): string {
  const text = output.trim();
  return text.length > longestOutput ? `${text.slice(0, longestOutput)}…` : text;
}
