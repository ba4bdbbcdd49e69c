import type { ExpectedService } from "../expected";
import { type Evidence, finding, type Finding, type Repair } from "../finding";
import { lastEvent } from "../events";
import { containerOf } from "../observe";
import type { ContainerConfig, ObservedContainer } from "../observed";
import { differing, foundShape, type Shape, wishedShape } from "../shape";
import { isHeld } from "../../engine/hold";
import { replaceCommand } from "./containers";
import { differsFromProgram } from "./provenance";

/**
 * How each container runs, beside the state and beside the program. What the engine and the program agree on, and the state
 * alone says otherwise, was edited in the state; what the engine and the state agree on was put up by another program.
 */
export function settings(evidence: Evidence): Finding[] {
  return evidence.expected.services.flatMap((service) => {
    const container = containerOf(service, evidence.observed.containers);
    const image = evidence.observed.images.get(service.args.image)?.Config ?? container?.Config;
    return image ? ofService(evidence, service, container, image) : [];
  });
}

function ofService(
  evidence: Evidence,
  service: ExpectedService,
  container: ObservedContainer | undefined,
  image: ContainerConfig,
): Finding[] {
  const state = wishedShape(service, image);
  const program = service.planned && wishedShape(service.planned, image);
  const engine = container && foundShape(container, image);
  const names = new Set([
    ...(program ? differing(state, program) : []),
    ...(engine ? differing(state, engine) : []),
  ]);
  return [...names]
    .filter((name) => !(name === "restart policy" && container && isHeld(container)))
    .map((name) => {
      const show = (shape: Shape | undefined) => shown(service, name, shape?.get(name));
      const engineDiffers = engine && engine.get(name) !== state.get(name);
      const edited = program && engine && program.get(name) === engine.get(name);
      if (engineDiffers && !edited)
        return changedOnEngine(evidence, service, container, name, {
          expected: show(state),
          found: show(engine),
        });
      return differsFromProgram(
        evidence,
        { object: service.containerName, service: service.name, what: name },
        { program: show(program), state: show(state) },
        edited ? "state" : undefined,
      );
    });
}

function changedOnEngine(
  evidence: Evidence,
  service: ExpectedService,
  container: ObservedContainer,
  what: string,
  values: { expected: string; found: string },
): Finding {
  const { Id, Created } = container;
  const replaced = Id !== service.containerId;
  const update = lastEvent(evidence.observed.events, { type: "container", actions: ["update"], about: Id });
  const trace = replaced ? { since: new Date(Created).toISOString() } : update;
  const told = { kind: "container" as const, object: service.containerName, service: service.name, what };
  const options = updateOptions(service);
  const repair: Repair | undefined =
    !replaced && what in options ? { do: "update", container: Id, options: options[what] ?? [] } : undefined;
  if (repair) return finding(evidence, { ...told, ...values, trace }, { repair });
  const command = replaced
    ? replaceCommand(evidence, service)
    : evidence.line("rebuild", [service.name, "--force"]);
  return finding(evidence, { ...told, ...values, trace }, { command });
}

/** What the engine can change on a container that runs. Memory and swap go together, or the engine refuses. */
function updateOptions({ args, pids }: ExpectedService): Record<string, string[]> {
  const memory =
    args.memory && args.memorySwap
      ? ["--memory", `${args.memory}m`, "--memory-swap", `${args.memorySwap}m`]
      : undefined;
  return {
    ...(memory ? { memory, "memory with swap": memory } : {}),
    ...(pids ? { "process limit": ["--pids-limit", String(pids)] } : {}),
    ...(args.restart ? { "restart policy": ["--restart", args.restart] } : {}),
  };
}

/** A value for a report; of variables only those that the topology has in plain. */
function shown({ plainVariables }: ExpectedService, name: string, value: string | undefined): string {
  if (value === undefined) return "not set";
  const [, variable] = /^environment (.+)$/.exec(name) ?? [];
  return variable && !plainVariables.has(variable) ? "(not shown)" : value;
}
