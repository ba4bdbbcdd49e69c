import type { Topology } from "../../topology";
import { networkNames } from "../../topology/networks";
import { allServices } from "../../topology/services";
import { type Problem, setCommand } from "../errors";
import type { Settings } from "../schema";
import { type EngineView, ownerOf, stackOf } from "./view";

/** Names of containers and networks that others have on this engine. */
export function takenNames(
  view: EngineView,
  topology: Topology,
  settings: Pick<Settings, "namePrefix" | "networkName">,
): Problem[] {
  return [...containerNames(view, topology, settings), ...networkNamesTaken(view, topology, settings)];
}

function containerNames(
  { containers }: EngineView,
  topology: Topology,
  { namePrefix }: Pick<Settings, "namePrefix">,
): Problem[] {
  const wanted = new Set(allServices(topology).map(({ containerName }) => containerName));
  const taken = containers.flatMap((container) =>
    stackOf(container) === topology.stack
      ? []
      : container.Names.map((name) => name.replace(/^\//, ""))
          .filter((name) => wanted.has(name))
          .map((name) => ({ name, container })),
  );
  const [first] = taken;
  if (!first) return [];
  const others = taken.filter(({ container }) => stackOf(container) === stackOf(first.container));
  const further = others.length > 1 ? ` and ${others.length - 1} more` : "";
  const problem = { key: "mcp:namePrefix", value: JSON.stringify(namePrefix) };
  // Another prefix means other volumes: it is no answer to a single container that is in the way.
  const stranger = stackOf(first.container) === undefined;
  const whose = stranger ? "no stack's" : `those${ownerOf(first.container)}`;
  const wrong = `gives "${first.name}"${further}, which containers on this engine are called already that are ${whose}`;
  const fix = stranger
    ? others.map(({ name }) => `docker rename ${name} ${name}-before`).join(" && ")
    : setCommand(problem.key, prefixFor(topology.stack, namePrefix));
  return [{ ...problem, wrong, fix }];
}

function networkNamesTaken(
  { networks }: EngineView,
  topology: Topology,
  { namePrefix, networkName }: Pick<Settings, "namePrefix" | "networkName">,
): Problem[] {
  const wanted = networkNames(topology);
  const taken = networks.find(
    (network) => stackOf(network) !== topology.stack && wanted.includes(network.Name),
  );
  if (!taken) return [];
  const key = networkName === undefined ? "mcp:namePrefix" : "mcp:networkName";
  const wrong = `gives the network's name "${taken.Name}", which a network${ownerOf(taken)} on this engine has already`;
  const fix =
    networkName === undefined
      ? setCommand(key, prefixFor(topology.stack, namePrefix))
      : setCommand(key, `${topology.stack}-${networkName}`);
  return [{ key, value: JSON.stringify(networkName ?? namePrefix), wrong, fix }];
}

/** A prefix that is not the one that did not do. */
function prefixFor(stack: string, before: string): string {
  const prefix = `${stack.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}-`;
  return prefix === before ? `${prefix}2-` : prefix;
}
