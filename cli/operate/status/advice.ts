import type { StackArguments } from "../../arguments";
import type { Lock } from "../../repair/lock";
import { commandLine } from "../command-line";
import type { Advice, ForeignContainer, Health, ServiceStatus } from "./types";

/** What an operator's next step depends on. */
export interface Situation {
  services: readonly ServiceStatus[];
  foreign: readonly ForeignContainer[];
  /** The locks on the stack's state; see cli/repair/lock.ts. */
  locks: { alive: readonly Lock[]; stale: readonly Lock[] };
}

/**
 * What is wrong with a stack, and the one command that brings it furthest: what an update mends comes first, as it mends
 * everything of its kind; then the lowest service that ails, as those above may ail only for it.
 */
export function advise(stack: StackArguments, situation: Situation): Advice | null {
  return (
    aboutUpdates(stack, situation) ??
    aboutMissing(stack, situation) ??
    aboutDetached(stack, situation) ??
    aboutAiling(stack, situation) ??
    aboutHeld(stack, situation) ??
    aboutMoved(stack, situation) ??
    aboutForeign(stack, situation)
  );
}

function aboutUpdates(stack: StackArguments, { locks: { alive, stale } }: Situation): Advice | null {
  const [running] = alive;
  if (running) {
    const problem = `an update is running (process ${running.pid} on ${running.hostname}, since ${running.timestamp}); watch it`;
    return { problem, command: commandLine("status", stack, ["--watch"]) };
  }
  if (stale.length === 0) return null;
  return { problem: "an update was killed and left its lock", command: commandLine("repair", stack) };
}

function aboutMissing(stack: StackArguments, { services, foreign }: Situation): Advice | null {
  const missing = services.filter(({ health }) => health === "missing");
  if (missing.length === 0) return null;
  const command = commandLine("up", stack);
  const taken = foreign.find(({ tie }) => tie === "name");
  if (taken) {
    const problem = `${taken.container} is a container of somebody else (${taken.id.slice(0, 12)}); rename it, then`;
    return { problem, command };
  }
  return {
    problem: missing.length === services.length ? "the stack is not up" : described(missing),
    command,
  };
}

function aboutAiling(stack: StackArguments, { services }: Situation): Advice | null {
  const ailing = services.filter(({ health, held }) => health !== "healthy" && !held);
  const [lowest] = ailing;
  if (!lowest) return null;
  const { command, options = [], every } = mends[lowest.health];
  const alike = ailing.filter(({ health }) => mends[health].command === command);
  const named = every ? [] : alike.map(({ service }) => service);
  const problem = `${described(alike)}${others(ailing.length - alike.length)}`;
  return { problem, command: commandLine(command, stack, [...named, ...options]) };
}

/** Services that somebody stopped on purpose: those alone are started. */
function aboutHeld(stack: StackArguments, { services }: Situation): Advice | null {
  const held = services.filter((service) => service.held);
  if (held.length === 0) return null;
  const problem = `${listed(held)} stopped by an operator, and held so`;
  return {
    problem,
    command: commandLine(
      "start",
      stack,
      held.map(({ service }) => service),
    ),
  };
}

/** Services that run on no network of the stack: no restart makes them well. */
function aboutDetached(stack: StackArguments, { services }: Situation): Advice | null {
  const detached = services.filter(({ startedAt, address }) => startedAt !== null && address === null);
  if (detached.length === 0) return null;
  const problem = `${listed(detached)} not on the stack's network`;
  return { problem, command: commandLine("drift", stack, ["--fix"]) };
}

/** Services that run, at another address than their settings say. */
function aboutMoved(stack: StackArguments, { services }: Situation): Advice | null {
  const moved = services.filter(
    ({ startedAt, address, wantedAddress }) => startedAt !== null && address !== wantedAddress,
  );
  if (moved.length === 0) return null;
  const problem = `${listed(moved)} not at the address of the settings`;
  return { problem, command: commandLine("up", stack) };
}

/** Most likely a service that the settings no longer ask for, which an update takes away. */
function aboutForeign(stack: StackArguments, { foreign }: Situation): Advice | null {
  const left = foreign.find(({ tie }) => tie === "label");
  if (!left) return null;
  const problem =
    `${left.container} carries the stack's label and is no part of it; ` +
    `where an update leaves it, ${commandLine("repair", stack)} removes it`;
  return { problem, command: commandLine("up", stack) };
}

const words: Record<Health, string> = {
  healthy: "healthy",
  unhealthy: "unhealthy",
  starting: "starting",
  stopped: "stopped",
  restarting: "stopping again and again",
  paused: "paused",
  missing: "missing",
};

/** What mends an ailment. */
interface Mend {
  command: string;
  options?: string[];
  /** The command finds by itself which services it is for. */
  every?: boolean;
}

const start: Mend = { command: "start", every: true };
const watch: Mend = { command: "status", options: ["--watch"], every: true };

const mends: Record<Health, Mend> = {
  healthy: watch,
  unhealthy: { command: "restart" },
  starting: watch,
  stopped: start,
  restarting: { command: "logs", options: ["--tail", "50"] },
  paused: start,
  missing: { command: "up", every: true },
};

/** The most services that a sentence names. */
const most = 4;

/** What ails services, those with the same ailment together; the reason where it is that of a single one. */
function described(ailing: readonly ServiceStatus[]): string {
  const healths = [...new Set(ailing.map(({ health }) => health))];
  const parts = healths.map((health) => {
    const alike = ailing.filter((service) => service.health === health);
    const reason = alike.length === 1 ? alike[0]?.reason : null;
    return `${listed(alike)} ${words[health]}${reason ? ` (${reason})` : ""}`;
  });
  return parts.join(", ");
}

/** The subject and verb of a sentence about services. */
function listed(services: readonly ServiceStatus[]): string {
  const names = services.slice(0, most).map(({ service }) => service);
  if (services.length > most) names.push(`${services.length - most} more`);
  const last = names.pop();
  return names.length > 0 ? `${names.join(", ")} and ${last} are` : `${last} is`;
}

function others(count: number): string {
  return count > 0 ? `, and ${count} more not healthy` : "";
}
