import type { Topology } from "../../topology";
import { networkNames } from "../../topology/networks";
import { allServices } from "../../topology/services";
import type { StateResource } from "../pulumi";
import type { FoundContainer, Labelled } from "./objects";

/** What is on the engine and not in the state, and what is to be done about it. */
export interface Diagnosis {
  /** The environment whose objects are the stack's; undefined where there is none anywhere. */
  environment?: string;
  /** The state knows nothing of the environment that runs: it is rebuilt from the engine. */
  lost: boolean;
  /** Runs as the stack wants it by name, and is taken into the state. */
  adopt: Labelled[];
  /** An update made it and did not note it, and it is of no use: it is removed. */
  remove: Labelled[];
  /** Why nothing can be done, for a person to decide. */
  refusal?: string;
}

/** A state, an engine and a topology held against each other. */
export interface Evidence {
  topology: Topology;
  resources: readonly StateResource[];
  objects: readonly Labelled[];
  containers: ReadonlyMap<string, FoundContainer>;
}

/**
 * Tells what the engine has of a stack that its state does not. Objects of another state, even of a stack of the same name,
 * carry another environment's label; only where this state has no container at all are they taken for its own, lost ones.
 */
export function diagnose(evidence: Evidence): Diagnosis {
  const { resources, topology, objects } = evidence;
  const own = environmentOf(resources);
  const noted = resources.some(({ type }) => type === "docker:index/container:Container");
  const wanted = wantedNames(topology);
  const others = [
    ...new Set(
      objects
        .filter(({ name, environment }) => wanted.has(name) && environment !== own)
        .map(({ environment }) => environment),
    ),
  ];
  const lost =
    !noted &&
    others.length > 0 &&
    !objects.some(({ kind, environment }) => kind === "container" && environment === own);
  if (lost && others.length > 1) {
    const refusal = `What runs is of ${others.length} environments (${others.join(", ")}): remove what is not wanted with docker rm, then run this again.`;
    return { lost, adopt: [], remove: [], refusal };
  }
  const environment = lost ? others[0] : own;
  if (environment === undefined) return { lost: false, adopt: [], remove: [] };
  const known = new Set(lost ? [] : resources.map(({ id }) => id));
  const unknown = objects.filter((object) => object.environment === environment && !known.has(object.id));
  const adopt = unknown.filter((object) => canBeAdopted(object, lost, evidence));
  return { environment, lost, adopt, remove: unknown.filter((object) => !adopt.includes(object)) };
}

/** The random name in the state; see components/labels.ts. */
function environmentOf(resources: readonly StateResource[]): string | undefined {
  const found = resources.find(
    ({ type, urn }) => type.startsWith("random:") && urn.endsWith("::environment"),
  );
  return typeof found?.outputs?.hex === "string" ? found.outputs.hex : undefined;
}

function wantedNames(topology: Topology): Set<string> {
  return new Set([
    ...networkNames(topology),
    ...allServices(topology).map(({ containerName }) => containerName),
  ]);
}

/** One that is wanted by its name and runs, where the state has none in its place. */
function canBeAdopted(
  { kind, name, id }: Labelled,
  lost: boolean,
  { topology, resources, containers }: Evidence,
): boolean {
  if (kind === "network") {
    const own = topology.networks.find(({ networkName }) => networkName === name);
    return own !== undefined && (lost || !isNoted(resources, "docker:index/network:Network", own.name));
  }
  const service = allServices(topology).find(({ containerName }) => containerName === name);
  const found = containers.get(name);
  if (service === undefined || found?.Id !== id || !isThere(found)) return false;
  return lost || !isNoted(resources, "docker:index/container:Container", service.name);
}

function isNoted(resources: readonly StateResource[], ofType: string, name: string): boolean {
  return resources.some(({ type, urn }) => type === ofType && urn.endsWith(`::${name}`));
}

/** Stopped ones are made anew, as an update would do; what they held is in volumes. */
export function isThere({ State }: FoundContainer): boolean {
  return ["running", "paused", "restarting"].includes(State.Status);
}
