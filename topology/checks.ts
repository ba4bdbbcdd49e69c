import { didYouMean } from "../config/did-you-mean";
import { type Problem, removeCommand, setCommand } from "../config/errors";
import type { ServiceSettings, Settings, System } from "../config/schema";
import { upstreamImages } from "../imaging/reference";
import { clusterDatabase } from "./databases";
import { addressAt, offsetOf, parseSubnet } from "./ipv4";
import { addressOf, ownNetworkName, ownNetworkOf } from "./networks";
import type { ServiceTemplate } from "./service";
import { allServices } from "./services";
import { ownNetworkPlaces } from "./tekup/places";
import type { DatabaseKind, Service, Topology } from "./types";

/** What is wrong with a stack's settings once they are seen together with the services they are for. */
export function checkTopology(
  topology: Topology,
  templates: readonly ServiceTemplate[],
  settings: Settings,
): Problem[] {
  const known = [...unknownServices(settings, templates), ...unknownImages(settings)];
  const network = checkNetwork(topology, settings);
  return [
    ...known,
    ...checkClients(settings),
    ...checkServerSecrets(settings),
    ...network,
    ...(network.length ? [] : checkAddresses(topology, templates, settings)),
    ...checkShape(topology, settings),
  ];
}

function unknownServices({ services, system }: Settings, templates: readonly ServiceTemplate[]): Problem[] {
  const known = templates.filter(({ replicaOf }) => replicaOf === undefined);
  const names = known.map(({ name }) => name);
  return Object.entries(services).flatMap(([name, own]): Problem[] => {
    const key = `mcp:services.${name}`;
    const template = known.find((candidate) => candidate.name === name);
    if (template) return uselessSettings(key, own, template);
    const guess = names.length ? `${didYouMean(name, names)} Known: ${names.join(", ")}` : "";
    const wrong = `is not a service of the system "${system satisfies System}"${guess}`;
    return [{ key, value: `"${name}"`, wrong, fix: removeCommand(key) }];
  });
}

/** Settings that mean nothing for the service that they are set for. */
function uselessSettings(key: string, own: ServiceSettings, template: ServiceTemplate): Problem[] {
  const behindGateway = template.behindGateway !== undefined;
  const needed: [setting: keyof ServiceSettings, has: boolean, what: string][] = [
    [
      "access",
      template.databaseUsers.some(({ access }) => access === undefined),
      "that has no database user whose rights are a choice",
    ],
    ["schemas", hasChoice(template, "postgres"), "that has no user of PostgreSQL whose rights are a choice"],
    ["databases", hasChoice(template, "mariadb"), "that has no user of MariaDB whose rights are a choice"],
    ["statements", template.statementVariables !== undefined, "that takes no statements"],
    ["gpus", template.usesGpus === true, "that has no use for a GPU"],
    ["replicas", behindGateway, "of which there is one only, as no gateway is in front of it"],
    ["internet", behindGateway, "that is not kept from the internet"],
    ["bandwidthKiB", behindGateway, "whose connections no gateway limits"],
  ];
  return [...useless(needed, key, own), ...withoutOwnDatabase(key, own)];
}

function hasChoice({ databaseUsers }: ServiceTemplate, kind: DatabaseKind): boolean {
  return databaseUsers.some((user) => user.kind === kind && user.access === undefined);
}

/** A server connects to a database before it asks for another one. */
function withoutOwnDatabase(key: string, { databases }: ServiceSettings): Problem[] {
  if (!databases || databases.includes(clusterDatabase)) return [];
  const wrong = `leaves out "${clusterDatabase}", the database that the server connects to`;
  const fix = `name it as well: ${JSON.stringify([clusterDatabase, ...databases])}, or ${removeCommand(`${key}.databases`)}`;
  return [{ key: `${key}.databases`, value: JSON.stringify(databases), wrong, fix }];
}

function useless(
  needed: readonly [setting: keyof ServiceSettings, has: boolean, what: string][],
  key: string,
  own: ServiceSettings,
): Problem[] {
  return needed
    .filter(([setting, has]) => own[setting] !== undefined && !has)
    .map(([setting, , what]) => ({
      key: `${key}.${setting}`,
      value: JSON.stringify(own[setting]),
      wrong: `is set for a service ${what}`,
      fix: removeCommand(`${key}.${setting}`),
    }));
}

function unknownImages({ imageReferences }: Settings): Problem[] {
  const known = Object.keys(upstreamImages);
  return Object.keys(imageReferences)
    .filter((image) => !known.includes(image))
    .map((image) => {
      const key = `mcp:imageReferences.${image}`;
      const wrong = `is not an upstream image${didYouMean(image, known)} Known: ${known.join(", ")}`;
      return { key, value: `"${image}"`, wrong, fix: removeCommand(key) };
    });
}

function checkNetwork(topology: Topology, settings: Settings): Problem[] {
  const value = settings.networkSubnet ?? ownNetworkOf(topology).subnet;
  const { prefix } = parseSubnet(value);
  if (prefix <= 24) return [];
  const key = "mcp:networkSubnet";
  const wrong = "is smaller than a /24, which has no room for all services";
  return [{ key, value: JSON.stringify(value), wrong, fix: removeCommand(key) }];
}

/** Outside development the gateway lets nobody in without a key. */
function checkClients({ system, clients, environment }: Settings): Problem[] {
  if (system !== "tekup" || environment === "development" || Object.keys(clients).length > 0) return [];
  const key = "mcp:clients";
  const wrong = `is empty in the environment "${environment}", where everybody could call the servers; without it there is one client`;
  return [{ key, value: "{}", wrong, fix: removeCommand(key) }];
}

/** A secret for a server that is not there has been misspelt. */
function checkServerSecrets({ servers, serverSecrets = {} }: Settings): Problem[] {
  const known = Object.keys(servers);
  return Object.keys(serverSecrets)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const key = `mcp:serverSecrets.${name}`;
      const guess =
        known.length > 0 ? `${didYouMean(name, known)} Known: ${known.join(", ")}` : ", which names none";
      const wrong = `is not a server under mcp:servers${guess}`;
      return { key, value: `"${name}"`, wrong, fix: removeCommand(key) };
    });
}

function checkAddresses(
  topology: Topology,
  templates: readonly ServiceTemplate[],
  { services }: Pick<Settings, "services">,
): Problem[] {
  const holders = new Map<string, Service[]>();
  for (const service of allServices(topology))
    holders.set(addressOf(service), [...(holders.get(addressOf(service)) ?? []), service]);
  const isSet = ({ name, replicaOf }: Service) => services[replicaOf ?? name]?.address !== undefined;
  const hasReplicas = ({ name, replicaOf }: Service) =>
    replicaOf !== undefined || allServices(topology).some((other) => other.replicaOf === name);
  const proposed = new Set(holders.keys());
  const problems = new Map<string, Problem>();
  for (const [address, sharing] of holders) {
    // Whose address a setting gave is in the wrong, and not who has always been there.
    const [keeps] = [...sharing].sort((a, b) => Number(isSet(a)) - Number(isSet(b)));
    for (const service of sharing) {
      const template = templates.find(({ name }) => name === service.name);
      if (!template) continue;
      const { subnet, first, last, usual, whose } = rangeOf(topology, service, template);
      const offset = offsetOf(subnet, address);
      const outside = offset < first || offset > last;
      if (!outside && service === keeps) continue;
      const key = `mcp:services.${service.replicaOf ?? service.name}.address`;
      const wrong = outside
        ? `is outside the range of ${whose} (${addressAt(subnet, first)} to ${addressAt(subnet, last)})`
        : `is the address of "${keeps?.name}" already`;
      if (problems.has(key)) continue;
      const offsets = [usual, ...Array.from({ length: last - first + 1 }, (_, index) => first + index)];
      const free = offsets.map((at) => addressAt(subnet, at)).find((candidate) => !proposed.has(candidate));
      if (free) proposed.add(free);
      // The addresses of replicas follow the first one's, for which the usual one has room.
      const fix = free && !hasReplicas(service) ? setCommand(key, free) : removeCommand(key);
      problems.set(key, { key, value: `"${address}"`, wrong, fix });
    }
  }
  return [...problems.values()];
}

/** Where a service's address may be: within its tier's range, or anywhere a replica may be on a network of its own. */
function rangeOf({ networks }: Topology, { networks: [{ network }] }: Service, template: ServiceTemplate) {
  const { subnet = "" } = networks.find(({ name }) => name === network) ?? {};
  const range = { subnet: parseSubnet(subnet) };
  if (network === ownNetworkName) {
    const { place, offset } = template;
    const { firstOffset: first, lastOffset: last, number } = place;
    return { ...range, first, last, usual: offset, whose: `tier ${number}` };
  }
  const { firstReplica: first, lastReplica: last } = ownNetworkPlaces;
  return { ...range, first, last, usual: first, whose: `the network of ${template.behindGateway}` };
}

/** What holds for every topology, whichever settings it came from. */
function checkShape(topology: Topology, { services }: Pick<Settings, "services">): Problem[] {
  const all = allServices(topology);
  const probes = all.flatMap(({ name, probe }): Problem[] => {
    if (probe.command[0] !== "NONE") return [];
    const key = `mcp:services.${name}.probe.command`;
    const wrong = "switches the health check off, which what depends on the service waits for";
    return [{ key, value: '["NONE"]', wrong, fix: removeCommand(key) }];
  });
  assertNames(all);
  assertOrder(all);
  return [...checkPorts(all, services), ...probes];
}

function checkPorts(all: readonly Service[], services: Settings["services"]): Problem[] {
  const isSet = ({ name }: Service) => typeof services[name]?.publish === "number";
  // Whoever has a port without a setting keeps it.
  const inOrder = [...all].sort((a, b) => Number(isSet(a)) - Number(isSet(b)));
  const wanted = new Set(all.flatMap(({ ports }) => ports.map(({ host }) => host)));
  const holders = new Map<number, string>();
  return inOrder.flatMap(({ name, ports }) =>
    ports.flatMap(({ host }): Problem[] => {
      const other = holders.get(host);
      if (other === undefined) {
        holders.set(host, name);
        return [];
      }
      const key = `mcp:services.${name}.publish`;
      const fix = setCommand(key, freePort(wanted));
      return [{ key, value: String(host), wrong: `is published for "${other}" already`, fix }];
    }),
  );
}

/** Mistakes in the project's own tables, which no setting can mend. */
function assertNames(all: Service[]) {
  const names = new Set(all.map(({ name }) => name));
  if (names.size < all.length) throw new Error("Two services have one name; see topology/.");
  for (const { name, dependsOn } of all) {
    const missing = dependsOn.find((dependency) => !names.has(dependency));
    if (missing) throw new Error(`"${name}" depends on "${missing}", which is not a service; see topology/.`);
  }
}

function assertOrder(all: Service[]) {
  const done = new Set<string>();
  for (let left = all; left.length > 0;) {
    const ready = left.filter(({ dependsOn }) => dependsOn.every((name) => done.has(name)));
    if (ready.length === 0) {
      throw new Error(
        `These services wait for each other: ${left.map(({ name }) => name).join(", ")}; see topology/.`,
      );
    }
    ready.forEach(({ name }) => done.add(name));
    left = left.filter((service) => !ready.includes(service));
  }
}

/** A port that no service is to have; the next one that is asked for is another. */
function freePort(wanted: Set<number>): number {
  let port = 8030;
  while (wanted.has(port)) port += 1;
  wanted.add(port);
  return port;
}
