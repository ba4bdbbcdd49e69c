import { closest } from "fastest-levenshtein";
import { type Problem, setCommand } from "../config/errors";
import type { ServiceSettings, Settings, System } from "../config/schema";
import { upstreamImages } from "../imaging/reference";
import { addressAt, offsetOf, parseSubnet } from "./ipv4";
import { addressOf, ownNetworkName, ownNetworkOf } from "./networks";
import type { ServiceTemplate } from "./service";
import { allServices } from "./services";
import { ownNetworkPlaces } from "./tekup/places";
import type { Service, Topology } from "./types";

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
    ...(network.length ? [] : checkAddresses(topology, templates)),
    ...checkShape(topology),
  ];
}

function unknownServices({ services, system }: Settings, templates: readonly ServiceTemplate[]): Problem[] {
  const known = templates.filter(({ replicaOf }) => replicaOf === undefined);
  const names = known.map(({ name }) => name);
  return Object.entries(services).flatMap(([name, own]): Problem[] => {
    const key = `mcp:services.${name}`;
    const template = known.find((candidate) => candidate.name === name);
    if (template) return uselessSettings(key, own, template);
    const guess = names.length ? `; did you mean "${closest(name, names)}"? Known: ${names.join(", ")}` : "";
    const wrong = `is not a service of the system "${system satisfies System}"${guess}`;
    return [{ key, value: `"${name}"`, wrong, fix: `pulumi config rm --path '${key}'` }];
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
    ["gpus", template.usesGpus === true, "that has no use for a GPU"],
    ["replicas", behindGateway, "of which there is one only, as no gateway is in front of it"],
    ["internet", behindGateway, "that is not kept from the internet"],
    ["bandwidthKiB", behindGateway, "whose connections no gateway limits"],
  ];
  return needed
    .filter(([setting, has]) => own[setting] !== undefined && !has)
    .map(([setting, , what]) => ({
      key: `${key}.${setting}`,
      value: JSON.stringify(own[setting]),
      wrong: `is set for a service ${what}`,
      fix: `pulumi config rm --path '${key}.${setting}'`,
    }));
}

function unknownImages({ imageReferences }: Settings): Problem[] {
  const known = Object.keys(upstreamImages);
  return Object.keys(imageReferences)
    .filter((image) => !known.includes(image))
    .map((image) => {
      const key = `mcp:imageReferences.${image}`;
      const wrong = `is not an upstream image; did you mean "${closest(image, known)}"? Known: ${known.join(", ")}`;
      return { key, value: `"${image}"`, wrong, fix: `pulumi config rm --path '${key}'` };
    });
}

function checkNetwork(topology: Topology, settings: Settings): Problem[] {
  const value = settings.networkSubnet ?? ownNetworkOf(topology).subnet;
  const { prefix } = parseSubnet(value);
  if (prefix >= 8 && prefix <= 24) return [];
  const wrong = `is ${prefix < 8 ? "larger than a /8" : "smaller than a /24, which has no room for all services"}`;
  const fix = setCommand("mcp:networkSubnet", "172.20.0.0/16");
  return [{ key: "mcp:networkSubnet", value: JSON.stringify(value), wrong, fix }];
}

/** Outside development the gateway lets nobody in without a key. */
function checkClients({ system, clients, environment }: Settings): Problem[] {
  if (system !== "tekup" || environment === "development" || Object.keys(clients).length > 0) return [];
  const key = "mcp:clients";
  const wrong = `is empty in the environment "${environment}", where everybody could call the servers`;
  return [{ key, value: "{}", wrong, fix: `pulumi config rm '${key}', or name who may call` }];
}

/** A secret for a server that is not there has been misspelt. */
function checkServerSecrets({ servers, serverSecrets = {} }: Settings): Problem[] {
  const known = Object.keys(servers);
  return Object.keys(serverSecrets)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const key = `mcp:serverSecrets.${name}`;
      const guess = known.length > 0 ? `; did you mean "${closest(name, known)}"?` : ", which names none";
      const wrong = `is not a server under mcp:servers${guess}`;
      return { key, value: `"${name}"`, wrong, fix: `pulumi config rm --path '${key}'` };
    });
}

function checkAddresses(topology: Topology, templates: readonly ServiceTemplate[]): Problem[] {
  const taken = new Map<string, string>();
  const problems: Problem[] = [];
  for (const service of allServices(topology)) {
    const template = templates.find(({ name }) => name === service.name);
    if (!template) continue;
    const { subnet, first, last, usual, whose } = rangeOf(topology, service, template);
    const key = `mcp:services.${service.replicaOf ?? service.name}.address`;
    const address = addressOf(service);
    const found = offsetOf(subnet, address);
    const value = `"${address}"`;
    const fix = setCommand(key, addressAt(subnet, usual));
    if (found < first || found > last) {
      const range = `${addressAt(subnet, first)} to ${addressAt(subnet, last)}`;
      problems.push({ key, value, wrong: `is outside the range of ${whose} (${range})`, fix });
    }
    const other = taken.get(address);
    if (other) problems.push({ key, value, wrong: `is the address of "${other}" already`, fix });
    taken.set(address, service.name);
  }
  return problems;
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
function checkShape(topology: Topology): Problem[] {
  const all = allServices(topology);
  const problems: Problem[] = [];
  const ports = new Map<number, string>();
  for (const service of all) {
    for (const { host } of service.ports) {
      const other = ports.get(host);
      const key = `mcp:services.${service.name}.publish`;
      if (other) {
        const wrong = `is published for "${other}" already`;
        problems.push({ key, value: String(host), wrong, fix: setCommand(key, freePort(ports)) });
      }
      ports.set(host, service.name);
    }
    if (service.probe.command[0] === "NONE") {
      const key = `mcp:services.${service.name}.probe.command`;
      const wrong = "switches the health check off, which what depends on the service waits for";
      problems.push({ key, value: '["NONE"]', wrong, fix: `pulumi config rm --path '${key}'` });
    }
  }
  assertNames(all);
  assertOrder(all);
  return problems;
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

function freePort(taken: Map<number, string>): number {
  let port = 8030;
  while (taken.has(port)) port += 1;
  return port;
}
