import { findFleet, type FleetContainer, ownContainers } from "./containers";
import type { Service, Topology } from "../../topology";
import { networkNames } from "../../topology/networks";
import { allServices } from "../../topology/services";
import { agreed, canAsk } from "../agree";
import { commandArguments, type Given, type StackArguments, type Usage } from "../arguments";
import { SetupError } from "../setup/step";
import { describeStack } from "../stack-file";
import { commandLine } from "./command-line";
import { chosenServices } from "./services";

/** A stack's own containers, and what it takes to bring them to health one after the other. */
export interface Fleet {
  stack: StackArguments;
  topology: Topology;
  /** By the name of the service. */
  containers: ReadonlyMap<string, FleetContainer>;
  /** Setting `mcp:healthTimeout`. */
  healthTimeout: number;
}

/** Finds the containers that carry the stack's label, each by the service that it is. */
export async function stackContainers(
  { stack }: StackArguments,
  topology: Topology,
): Promise<ReadonlyMap<string, FleetContainer>> {
  const services = allServices(topology);
  const containerNames = services.map(({ containerName }) => containerName);
  const found = await findFleet({ stack, networks: networkNames(topology), containerNames });
  const own = ownContainers(found, stack);
  return new Map(
    services.flatMap(({ name, containerName }) => {
      const container = own.get(containerName);
      return container ? [[name, container] as const] : [];
    }),
  );
}

/**
 * A service's container, which runs.
 * @throws SetupError where it does not, with what mends that.
 */
export async function runningContainer(
  stack: StackArguments,
  topology: Topology,
  { name }: Service,
): Promise<FleetContainer> {
  const container = (await stackContainers(stack, topology)).get(name);
  if (container?.State.Status === "running") return container;
  const mend = container ? commandLine("start", stack, [name]) : commandLine("up", stack);
  throw new SetupError(`${name} does not run. Mend it with: ${mend}`);
}

/** Reads a command line that names services, all where it names none, and finds their containers. */
export async function namedServices<U extends Usage>(
  args: string[],
  usage: U,
): Promise<{ fleet: Fleet; services: Service[]; given: Given<U> }> {
  const stack = commandArguments(args, usage);
  const { topology, settings } = describeStack(stack);
  const services = chosenServices(topology, stack.words);
  const containers = await stackContainers(stack, topology);
  return {
    fleet: { stack, topology, containers, healthTimeout: settings.healthTimeout },
    services,
    given: stack,
  };
}

/** Whether all services are meant where none is named: asked on a terminal, as a name may have been forgotten. */
export async function wantsAll(
  { words, yes }: { words: readonly string[]; yes: boolean },
  what: string,
): Promise<boolean> {
  if (words.length > 0 || yes || !canAsk()) return true;
  console.error(what);
  return agreed("Do this?");
}
