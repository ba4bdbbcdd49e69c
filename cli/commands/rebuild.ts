import { progressOf } from "../../progress";
import type { Service } from "../../topology";
import { allServices } from "../../topology/services";
import { commandArguments, type StackArguments, type Usage, UsageError } from "../arguments";
import { useEnvironment } from "../environment";
import { commandLine } from "../operate/command-line";
import type { FleetContainer } from "../operate/containers";
import { stackContainers } from "../operate/fleet";
import { type RebuildTargets, rebuildTargets } from "../operate/rebuild-targets";
import { chosenServices } from "../operate/services";
import { pulumi, stackState } from "../pulumi";
import { prepareStackImages } from "../setup/images";
import { describeStack, type StackDescription } from "../stack-file";
import { untilFree } from "../when-free";
import { missingInState } from "../whose-state";

/** What it takes. */
export const usage = {
  summary: "builds images of services anew where their sources changed, and replaces only their containers",
  words: "SERVICE …",
  flags: {
    force: "replaces the containers in any case",
  },
} as const satisfies Usage;

/**
 * `npm run rebuild`: builds the images of services anew where what they are made of changed, and replaces only their
 * containers; what depends on them runs on. `--force` replaces the containers where nothing changed as well.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const description = describeStack(given);
  const { topology, imageSource } = description;
  if (given.words.length === 0) {
    const names = allServices(topology).map(({ name }) => name);
    throw new UsageError(
      `Name what to rebuild: ${names.join(", ")}. Everything is brought up to date by: ${commandLine("up", given)}`,
    );
  }
  const services = chosenServices(topology, given.words);
  await useEnvironment();
  await untilFree(given); // what is replaced is chosen by the state, which an update is changing
  const [targets] = await Promise.all([
    targetsOf(services, given),
    prepareStackImages(only(services, description), imageSource, progressOf("Images")),
  ]);
  const before = await stackContainers(given, topology);
  const code = await pulumi(
    [
      ...["up", "--yes", "--skip-preview", "--refresh", "--suppress-outputs"],
      ...targets.flatMap(({ all }) => all).flatMap((urn) => ["--target", urn]),
      ...(given.force ? targets.flatMap(({ container }) => ["--replace", container]) : []),
    ],
    given,
  );
  if (code !== 0) {
    console.error(
      `\nNot rebuilt; the message above says why. A lock that is left is released by: ${commandLine("repair", given)}`,
    );
    return code;
  }
  report(services, before, await stackContainers(given, topology));
  return 0;
}

async function targetsOf(services: readonly Service[], stack: StackArguments) {
  const { resources } = await stackState(stack);
  const all: RebuildTargets[] = [];
  for (const service of services) {
    const targets = rebuildTargets(resources, service);
    if (!targets) throw await missingInState(stack, `the service "${service.name}"`);
    all.push(targets);
  }
  return all;
}

/** The stack as if it had only these services. */
function only(services: readonly Service[], { topology, ...rest }: StackDescription): StackDescription {
  const tiers = topology.tiers.map((tier) => ({
    ...tier,
    services: tier.services.filter((service) => services.includes(service)),
  }));
  return { ...rest, topology: { ...topology, tiers } };
}

type Containers = ReadonlyMap<string, FleetContainer>;

function report(services: readonly Service[], before: Containers, after: Containers): void {
  const same = (name: string) =>
    before.get(name)?.Id === after.get(name)?.Id &&
    before.get(name)?.State.StartedAt === after.get(name)?.State.StartedAt;
  const rebuilt = services.map(({ name }) => name);
  for (const name of rebuilt)
    console.log(`${name}: ${same(name) ? "up to date already" : "replaced, and healthy"}`);
  const others = [...after.keys()].filter((name) => !rebuilt.includes(name));
  const left = others.filter(same);
  console.log(`The other containers were left alone: ${left.length} of ${others.length}`);
}
