import { setTimeout as sleep } from "node:timers/promises";
import { type ContainerState, inspectContainer, isHealthy, lastLogLines } from "./container";
import { followEngine } from "./api";
import { answers } from "./probe";

/** Pauses between two looks at a container while the engine's events are silent: short at first, when most start. */
const pausesMs = [100, 200, 400, 700, 1_000];

const logLines = 20;

/** A container that is not, and by itself will not become, healthy. */
export class UnhealthyError extends Error {
  override name = "UnhealthyError";
}

/**
 * Waits until a container is healthy, by the engine's verdict or by its own health check, asked here and now: the engine
 * asks only once in an interval. Fails at once, with its last log lines, when it stops, is restarted by the
 * engine, or a probe that ended after the wait began finds it unhealthy; an older verdict is given one more probe. A stop by
 * command may be the first half of a restart, as the watchdog's, and is given the time for the other.
 * @throws UnhealthyError
 */
export async function waitHealthy(id: string, timeoutSeconds: number, signal?: AbortSignal): Promise<void> {
  const began = Date.now();
  const deadline = began + timeoutSeconds * 1000;
  const first = await inspectContainer(id);
  const wake = watch(id, signal);
  try {
    let stoppedSince: number | undefined;
    for (let state = first, look = 0; ; state = await inspectContainer(id), look += 1) {
      if (state && (isHealthy(state) || (await answers(state, signal)))) return;
      stoppedSince = state && isStoppedByCommand(state) ? (stoppedSince ?? Date.now()) : undefined;
      const mayStart = stoppedSince !== undefined && Date.now() - stoppedSince < startsAgainMs;
      const reason =
        (mayStart ? undefined : hopeless(state, first, began)) ??
        (Date.now() > deadline ? tooLong(timeoutSeconds) : undefined);
      if (reason) throw new UnhealthyError(await describe(id, state, reason));
      signal?.throwIfAborted();
      await wake.next(pausesMs[look] ?? pausesMs.at(-1) ?? 0);
    }
  } finally {
    wake.close();
  }
}

/** What the engine takes from the stop to the start of a restart, however busy its machine is. */
const startsAgainMs = 10_000;

/** One that ended by itself, the engine has restarted, or it was not to be. */
function isStoppedByCommand({ State, HostConfig }: ContainerState): boolean {
  return State.Status === "exited" && !State.Error && HostConfig.RestartPolicy?.Name === "unless-stopped";
}

/** Why waiting longer is of no use, or undefined where it may be. */
function hopeless(state: ContainerState | undefined, first: ContainerState | undefined, began: number) {
  if (!state) return "does not exist";
  const { State, RestartCount } = state;
  if (["exited", "dead", "removing"].includes(State.Status))
    return `stopped with exit code ${State.ExitCode}`;
  if (State.Status === "paused") return "is paused";
  if (State.Status === "created") return State.Error ? `could not start: ${State.Error}` : undefined;
  if (State.Status === "restarting" || RestartCount > (first?.RestartCount ?? 0)) {
    return `stopped${State.OOMKilled ? ", killed for its memory," : ""} and was restarted`;
  }
  return State.Health?.Status === "unhealthy" && isFinal(state, began) ? "is unhealthy" : undefined;
}

/** The engine's verdict comes early on a database that makes or mends its data directory: five checks or that long it has. */
const startMs = 30_000;
const startChecks = 5;

/** Whether a verdict of now and not of before the wait began is to be believed. */
function isFinal({ State }: ContainerState, began: number): boolean {
  const checks = State.Health?.Log ?? [];
  const last = checks.at(-1);
  if (!last || Date.parse(last.End) < began) return false;
  return checks.length >= startChecks || Date.parse(last.End) - Date.parse(State.StartedAt) >= startMs;
}

function tooLong(timeoutSeconds: number): string {
  return `was not healthy within ${timeoutSeconds} s (setting mcp:healthTimeout)`;
}

async function describe(id: string, state: ContainerState | undefined, reason: string): Promise<string> {
  const name = state?.Name.replace(/^\//, "") ?? id;
  if (!state) {
    return `Container ${name} ${reason}. It was removed outside of Pulumi; mend it with: npm run up (or pulumi up --refresh)`;
  }
  const probe = state.State.Health?.Log?.at(-1);
  const verdict = probe
    ? [`Last probe, exit code ${probe.ExitCode}:`, ...indent(probe.Output.trim().split("\n"))]
    : [];
  const logs = await lastLogLines(id, logLines).catch(() => []);
  return [
    `Container ${name} ${reason}.`,
    ...verdict,
    logs.length ? `Its last log lines:` : "It logged nothing.",
    ...indent(logs),
    `Look at it with: docker logs ${name}. When it is mended, run the update again.`,
  ].join("\n");
}

function indent(lines: string[]): string[] {
  return lines.map((line) => `  | ${line}`);
}

/** Wakes up at each of the container's events, so that a verdict is seen at once without polling. */
function watch(id: string, cancelled?: AbortSignal) {
  const ended = new AbortController();
  let arrived = () => {};
  const filters = encodeURIComponent(JSON.stringify({ container: [id], type: ["container"] }));
  // A probe makes two exec events of its own; only those that can change the verdict count.
  const hear = (line: string) =>
    (JSON.parse(line) as { Action: string }).Action.startsWith("exec_") || arrived();
  followEngine(`/events?filters=${filters}`, hear, {
    signal: cancelled ? AbortSignal.any([ended.signal, cancelled]) : ended.signal,
  }).catch(() => undefined); // the periodic look goes on without events
  return {
    next: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        arrived = resolve;
        void sleep(milliseconds, undefined, { ref: true }).then(resolve);
      }),
    close: () => ended.abort(),
  };
}
