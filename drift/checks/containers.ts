import { nameOf } from "../../cli/operate/containers";
import { isHeld } from "../../engine/hold";
import { lastEvent } from "../events";
import type { ExpectedService } from "../expected";
import { type Evidence, finding, type Finding } from "../finding";
import { isSettling, quietMs } from "../motion";
import { containerOf } from "../observe";
import type { ObservedContainer } from "../observed";
import { waitsFor } from "./held";

/** Whether each service has the container that the state names, and whether that runs and is healthy. */
export function containers(evidence: Evidence): Finding[] {
  return evidence.expected.services.flatMap((service) => {
    const container = containerOf(service, evidence.observed.containers);
    if (!container) return [removed(evidence, service)];
    return [...identity(evidence, service, container), ...life(evidence, service, container)];
  });
}

function removed(evidence: Evidence, service: ExpectedService): Finding {
  const { containerId } = service;
  return finding(
    evidence,
    {
      ...told(service, "removed"),
      expected: `container ${short(containerId)}`,
      found: "none",
      trace: lastEvent(evidence.observed.events, {
        type: "container",
        actions: ["destroy"],
        about: containerId,
      }),
    },
    // Without its network or a volume it would be started on something else, and an update makes those first.
    restsOn(evidence, service)
      ? { repair: { do: "rebuild", service: service.name } }
      : { command: evidence.line("up") },
  );
}

/** Whether all that a container is started on is there. */
function restsOn({ expected, observed }: Evidence, { args }: ExpectedService): boolean {
  const mounted = (args.volumes ?? []).flatMap(({ volumeName }) => volumeName ?? []);
  const own = expected.networks.filter(({ name }) =>
    args.networksAdvanced?.some((wish) => wish.name === name),
  );
  return (
    own.every(({ id }) => observed.networks.some(({ Id }) => Id === id)) &&
    mounted.every((volume) => observed.volumes.has(volume))
  );
}

function identity(evidence: Evidence, service: ExpectedService, container: ObservedContainer): Finding[] {
  const { containerId, containerName } = service;
  const { Id, Created } = container;
  const { events } = evidence.observed;
  if (Id !== containerId) {
    const told_ = { expected: `container ${short(containerId)}`, found: `container ${short(Id)}` };
    const by = lastEvent(events, { type: "container", actions: ["create"], about: Id })?.by;
    return [
      finding(
        evidence,
        { ...told(service, "replaced"), ...told_, trace: { since: iso(Created), ...(by ? { by } : {}) } },
        { command: replaceCommand(evidence, service) },
      ),
    ];
  }
  if (nameOf(container) === containerName) return [];
  const trace = lastEvent(events, { type: "container", actions: ["rename"], about: Id });
  return [
    finding(
      evidence,
      { ...told(service, "renamed"), expected: containerName, found: nameOf(container), trace },
      { repair: { do: "rename", container: Id, name: containerName } },
    ),
  ];
}

/** Removes what somebody else made under the service's name, and makes the service's own again. */
export function replaceCommand({ line }: Evidence, { name, containerName }: ExpectedService): string {
  return `docker rm --force ${containerName} && ${line("rebuild", [name])}`;
}

function life(evidence: Evidence, service: ExpectedService, container: ObservedContainer): Finding[] {
  const { observed, before } = evidence;
  const { Id, State, RestartCount } = container;
  const event = (...actions: string[]) =>
    lastEvent(observed.events, { type: "container", actions, about: Id });
  const find = (
    what: string,
    found: string,
    rest: { since?: string | undefined; by?: string },
    repair: Repair,
  ) => [finding(evidence, { ...told(service, what), expected: "healthy", found, trace: rest }, repair)];
  if (isHeld(container)) return [];
  switch (State.Status) {
    case "paused":
      return find("paused", "paused", { ...event("pause") }, { repair: { do: "unpause", container: Id } });
    case "exited":
    case "created":
    case "dead": {
      const reason = State.Error || `exit code ${State.ExitCode}${State.OOMKilled ? ", out of memory" : ""}`;
      const stopped = { ...event("stop", "kill", "die", "oom"), since: iso(State.FinishedAt) };
      return find("stopped", `${State.Status} (${reason})`, stopped, {
        repair: { do: "start", container: Id },
      });
    }
    case "restarting":
    case "running":
      break;
    default:
      return [];
  }
  const counted = RestartCount - (before.restarts.get(Id) ?? RestartCount);
  const young = RestartCount > 0 && observed.now - Date.parse(State.StartedAt) < quietMs;
  if (State.Status === "restarting" || counted > 1 || (young && isSettling(container, observed.now)))
    return find(
      "restarting",
      `restarted ${RestartCount} times, last exit code ${State.ExitCode}`,
      { ...event("die", "oom") },
      {
        command: `${evidence.line("logs", [service.name])}, then ${evidence.line("restart", [service.name])}`,
      },
    );
  return unhealthy(evidence, service, container);
}

type Repair = Parameters<typeof finding>[2];

function unhealthy(evidence: Evidence, service: ExpectedService, container: ObservedContainer): Finding[] {
  const { Health } = container.State;
  const { before, observed } = evidence;
  const again = Health?.Status === "starting" && before.unhealthy.has(container.Id);
  if (Health?.Status !== "unhealthy" && !again) return [];
  if (observed.answering.has(container.Id) || waitsFor(evidence, service) !== undefined) return [];
  const log = Health?.Log ?? [];
  const failing = log.slice(log.findLastIndex(({ ExitCode }) => ExitCode === 0) + 1);
  const words = log.at(-1)?.Output.trim().split("\n")[0];
  return [
    finding(
      evidence,
      {
        ...told(service, "unhealthy"),
        expected: "healthy",
        found: words ? `unhealthy: ${words}` : "unhealthy",
        trace: { since: iso(failing[0]?.Start) },
      },
      { repair: { do: "restart", container: container.Id } },
    ),
  ];
}

function told({ name, containerName }: ExpectedService, what: string) {
  return { kind: "container" as const, object: containerName, service: name, what };
}

function short(id: string): string {
  return id.slice(0, 12);
}

/** The year 1 is the engine's word for never. */
function iso(time: string | undefined): string | undefined {
  const milliseconds = Date.parse(time ?? "");
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : undefined;
}
