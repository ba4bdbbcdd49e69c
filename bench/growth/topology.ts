import type { Service, Topology } from "../../topology";
import { addressAt, parseSubnet } from "../../topology/ipv4";
import { ownNetwork, ownNetworkName } from "../../topology/networks";

/** The smallest image that both sources of images have. */
export const growthImage = "node";

/** As many as the devcontainer cluster has. */
const tiers = 5;
const firstOffset = 20;

/** A cluster of small services in tiers, each of which waits for one of the tier below. */
export function growthTopology(stack: string, services: number, cidr: string): Topology {
  const subnet = parseSubnet(cidr);
  const size = Math.ceil(services / tiers);
  const all = Array.from({ length: services }, (_, index) =>
    smallService(
      stack,
      index,
      addressAt(subnet, firstOffset + index),
      index < size ? [] : [nameOf(index - size)],
    ),
  );
  return {
    stack,
    system: "devcontainer",
    networks: [ownNetwork(stack, subnet)],
    secrets: [],
    volumes: [],
    tiers: Array.from({ length: tiers }, (_, tier) => ({
      number: tier + 1,
      name: `tier-${tier + 1}`,
      services: all.slice(tier * size, (tier + 1) * size),
    })).filter((tier) => tier.services.length > 0),
    logs: { maxSizeMiB: 10, files: 3 },
    absent: [],
  };
}

function nameOf(index: number): string {
  return `small-${index}`;
}

function smallService(stack: string, index: number, address: string, dependsOn: string[]): Service {
  return {
    name: nameOf(index),
    containerName: `${stack}-${nameOf(index)}`,
    image: growthImage,
    networks: [{ network: ownNetworkName, address, aliases: [nameOf(index)] }],
    user: "10001:10001",
    environment: {},
    entrypoint: ["sleep"],
    command: ["infinity"],
    init: true,
    volumes: [],
    tmpfs: [],
    ports: [],
    memoryMiB: 16,
    cpuShares: 1024,
    pids: 16,
    probe: { command: ["CMD", "true"], interval: 5, timeout: 5, startPeriod: 10, retries: 5 },
    stop: { signal: "SIGKILL", graceSeconds: 1 },
    dependsOn,
    databaseUsers: [],
  };
}
