import { z } from "zod";
import { readEnvironment, wholeNumber } from "../../host/environment";
import { LOG_LEVELS, type LogLevel } from "../../host/log";
import type { RestartRules } from "./policy";

const schema = z.object({
  /** The value of the label `dev.mcp.environment` that the watched containers carry. */
  WATCHDOG_ENVIRONMENT: z.string().min(1),
  /** The service that the watchdog itself is, by the label `dev.mcp.service`: it never restarts that one. */
  WATCHDOG_SERVICE: z.string().min(1).prefault("watchdog"),
  /** The engine's socket. */
  WATCHDOG_SOCKET: z.string().min(1).prefault("/var/run/docker.sock"),
  /** Port of `/metrics` and `/health`. */
  WATCHDOG_PORT: wholeNumber(0, 65535).prefault("8000"),
  /** Address that the port is on. */
  WATCHDOG_HOST: z.string().min(1).prefault("0.0.0.0"),
  /** How often all containers are looked at, whatever the engine's events say. */
  WATCHDOG_RESYNC_SECONDS: wholeNumber(1, 60).prefault("1"),
  /** The shortest time between a container's first restart and its second; it doubles from then on. */
  WATCHDOG_BACKOFF_SECONDS: wholeNumber(1, 3600).prefault("10"),
  /** The longest time between two restarts of a container. */
  WATCHDOG_LONGEST_BACKOFF_SECONDS: wholeNumber(1, 86_400).prefault("300"),
  /** How long a container has to be healthy until its earlier restarts are forgotten. */
  WATCHDOG_RESET_SECONDS: wholeNumber(1, 86_400).prefault("600"),
  /** How long the engine may leave the watchdog without an answer before the watchdog ends, to be started afresh. */
  WATCHDOG_SILENCE_SECONDS: wholeNumber(1, 3600).prefault("45"),
  /** The lowest level that is logged. */
  LOG_LEVEL: z.enum(LOG_LEVELS).prefault("info"),
});

/** What the watchdog is told; times in milliseconds. */
export interface Settings {
  environment: string;
  service: string;
  socket: string;
  listen: { port: number; host: string };
  resyncMs: number;
  silenceMs: number;
  rules: RestartRules;
  logLevel: LogLevel;
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  return {
    environment: read.WATCHDOG_ENVIRONMENT,
    service: read.WATCHDOG_SERVICE,
    socket: read.WATCHDOG_SOCKET,
    listen: { port: read.WATCHDOG_PORT, host: read.WATCHDOG_HOST },
    resyncMs: read.WATCHDOG_RESYNC_SECONDS * 1000,
    silenceMs: read.WATCHDOG_SILENCE_SECONDS * 1000,
    rules: {
      firstBackoffMs: read.WATCHDOG_BACKOFF_SECONDS * 1000,
      longestBackoffMs: read.WATCHDOG_LONGEST_BACKOFF_SECONDS * 1000,
      resetAfterMs: read.WATCHDOG_RESET_SECONDS * 1000,
    },
    logLevel: read.LOG_LEVEL,
  };
}
