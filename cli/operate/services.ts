import { didYouMean } from "../../config/did-you-mean";
import type { Service, Topology } from "../../topology";
import { allServices } from "../../topology/services";
import { UsageError } from "../arguments";

/**
 * The services that a user named, by name or by their container's, in the order of the tiers; all where none is named.
 * @throws UsageError for a name that is none, with the closest one that is.
 */
export function chosenServices(topology: Topology, names: readonly string[]): Service[] {
  const all = allServices(topology);
  if (names.length === 0) return all;
  const chosen = names.map((name) => find(topology, all, name));
  return all.filter((service) => chosen.includes(service));
}

function find({ stack, absent }: Topology, all: Service[], name: string): Service {
  const found = all.find((service) => service.name === name || service.containerName === name);
  if (found) return found;
  const missing = absent.find((service) => service.name === name);
  if (missing) throw new UsageError(`"${name}" is not part of "${stack}" here: ${missing.why}`);
  const known = all.map((service) => service.name);
  if (known.length === 0)
    throw new UsageError(`"${stack}" has no services yet, so none is called "${name}".`);
  throw new UsageError(
    `"${name}" is not a service of "${stack}"${didYouMean(name, known)} Known: ${known.join(", ")}`,
  );
}

/**
 * Services in steps, each to be taken when the one before is done: tier after tier, and within a tier what depends on
 * another of the same tier after that.
 */
export function startSteps({ tiers }: Pick<Topology, "tiers">, chosen: readonly Service[]): Service[][] {
  return tiers.flatMap(({ services }) => layers(services.filter((service) => chosen.includes(service))));
}

function layers(services: readonly Service[]): Service[][] {
  const steps: Service[][] = [];
  for (let left = services; left.length > 0;) {
    const waiting = new Set(left.map(({ name }) => name));
    const step = left.filter(({ dependsOn }) => !dependsOn.some((name) => waiting.has(name)));
    steps.push(step); // never empty: the topology's checks refuse services that wait for each other
    left = left.filter((service) => !step.includes(service));
  }
  return steps;
}
