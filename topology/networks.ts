import { addressAt, formatSubnet, type Subnet } from "./ipv4";
import type { NetworkSpec, Service, Topology } from "./types";

/** Name within every topology of the network that the stack's own name stands for. */
export const ownNetworkName = "network";

/** The stack's own network. */
export function ownNetwork(networkName: string, subnet: Subnet): NetworkSpec {
  return { name: ownNetworkName, networkName, subnet: formatSubnet(subnet), gateway: addressAt(subnet, 1) };
}

/** The network that the stack is known by: the first. */
export function ownNetworkOf({ networks: [own] }: Pick<Topology, "networks">): NetworkSpec {
  return own;
}

/** What the engine calls the stack's networks. */
export function networkNames({ networks }: Pick<Topology, "networks">): string[] {
  return networks.map(({ networkName }) => networkName);
}

/** The address at which others find a service: that on its first network. */
export function addressOf({ networks: [first] }: Pick<Service, "networks">): string {
  return first.address;
}
