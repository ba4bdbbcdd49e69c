import type { Settings } from "../../config/schema";
import { addressAt, type Subnet } from "../ipv4";
import { next, onOwnNetwork, ownNetwork } from "../networks";
import { type Place, type ServiceTemplate, settingsOf } from "../service";
import type { NetworkPlace, NetworkSpec } from "../types";
import { mostServers, ownNetworkPlaces } from "./places";

/** A stack's networks, and where each service is on them. */
export interface Layout {
  networks: [NetworkSpec, ...NetworkSpec[]];
  place: Place;
}

/** All services on one network. */
export function together(networkName: string, subnet: Subnet): Layout {
  return { networks: [ownNetwork(networkName, subnet)], place: onOwnNetwork(subnet) };
}

/**
 * Each server and its replicas on a network of their own, in the upper half of the stack's range. Only those that come to
 * the servers are on it as well, and nothing leads out of it unless the server's setting says so.
 */
export function apart(
  networkName: string,
  subnet: Subnet,
  templates: readonly ServiceTemplate[],
  settings: Settings,
): Layout {
  const half = { base: subnet.base, prefix: subnet.prefix + 1 };
  const servers = templates.filter(({ behindGateway, replicaOf }) => behindGateway && !replicaOf);
  const ranges = new Map(servers.map(({ name }, index) => [name, slice(subnet, index)] as const));
  const onOwn = onOwnNetwork(half);
  return {
    networks: [
      ownNetwork(networkName, half),
      ...servers.map((template) => ({
        ...ownNetwork(`${networkName}-${template.behindGateway}`, slice(subnet, servers.indexOf(template))),
        name: networkOf(template.name),
        internal: settingsOf(template, settings).internet !== true,
      })),
    ],
    place(template, own) {
      const name = template.replicaOf ?? template.name;
      const range = ranges.get(name);
      if (range) return [replica(template, range, own.address)];
      const visitor = ownNetworkPlaces.visitors[template.name];
      if (!visitor) return onOwn(template, own);
      const { offset, aliases } = visitor;
      const visits = [...ranges].map(([server, of]) => ({
        network: networkOf(server),
        address: addressAt(of, offset),
        aliases,
      }));
      return [...onOwn(template, own), ...visits];
    },
  };
}

/** A replica's place on the server's own network; the addresses of the others follow the first one's. */
function replica(template: ServiceTemplate, range: Subnet, address: string | undefined): NetworkPlace {
  const { name, replicaOf, replica: number = 1 } = template;
  return {
    network: networkOf(replicaOf ?? name),
    address: next(range, address ?? addressAt(range, ownNetworkPlaces.firstReplica), number - 1),
    aliases: replicaOf === undefined ? [name] : [replicaOf, name],
  };
}

/** The `index`-th server's part of the range's upper half. */
function slice({ base, prefix }: Subnet, index: number): Subnet {
  const size = 2 ** (32 - prefix);
  return {
    base: base + size / 2 + (index * size) / 2 / mostServers,
    prefix: prefix + 1 + Math.log2(mostServers),
  };
}

function networkOf(server: string): string {
  return `${server}-network`;
}
