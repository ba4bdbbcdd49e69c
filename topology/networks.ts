import { addressAt, formatSubnet, offsetOf, type Subnet } from "./ipv4";
import type { Place } from "./service";
import type { NetworkSpec, Service, Topology } from "./types";

/** Name within every topology of the network that the stack's own name stands for. */
export const ownNetworkName = "network";

/** The stack's own network. */
export function ownNetwork(networkName: string, subnet: Subnet): NetworkSpec {
  return { name: ownNetworkName, networkName, subnet: formatSubnet(subnet), gateway: addressAt(subnet, 1) };
}

/** Puts every service on the stack's own network alone, where it has the address that its template or its setting says. */
export function onOwnNetwork(subnet: Subnet): Place {
  return ({ name, replicaOf, offset, replica = 1 }, { address }) => [
    {
      network: ownNetworkName,
      // The addresses of further replicas follow the first one's.
      address: address === undefined ? addressAt(subnet, offset) : next(subnet, address, replica - 1),
      aliases: replicaOf === undefined ? [name] : [replicaOf, name],
    },
  ];
}

/** The address so many behind another. */
export function next(subnet: Subnet, address: string, by: number): string {
  return addressAt(subnet, offsetOf(subnet, address) + by);
}

/** The network that the stack is known by: the first. */
export function ownNetworkOf({ networks: [own] }: Pick<Topology, "networks">): NetworkSpec {
  return own;
}

/** What the engine calls the stack's networks. */
export function networkNames({ networks }: Pick<Topology, "networks">): string[] {
  return networks.map(({ networkName }) => networkName);
}

/** Where the host that the engine runs on finds a service's MCP endpoint; undefined where it is not published. */
export function publishedEndpoint({ mcp, ports }: Pick<Service, "mcp" | "ports">): string | undefined {
  const port = ports.find(({ container }) => container === mcp?.port);
  return port && `http://${port.address}:${port.host}/mcp`;
}

/** The address at which others find a service: that on its first network. */
export function addressOf({ networks: [first] }: Pick<Service, "networks">): string {
  return first.address;
}
