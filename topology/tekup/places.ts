import type { TierPlace } from "../tiers";

/** How many addresses each server has to itself, and how many servers there may be. */
export const addressesPerServer = 8;
const mostServers = 8;

/**
 * TekUp's tiers and their address ranges, which fit a /24 even where half of it is the servers' own networks.
 * Source: the TekUp specification, "Arkitektur"; it names no addresses.
 */
export const tekupPlaces = {
  servers: {
    number: 1,
    name: "mcp-servers",
    firstOffset: 100,
    lastOffset: 100 + addressesPerServer * mostServers - 1,
  },
  gateway: { number: 2, name: "gateway", firstOffset: 10, lastOffset: 19 },
  monitoring: { number: 3, name: "monitoring", firstOffset: 70, lastOffset: 79 },
} as const satisfies Record<string, TierPlace>;

/** Places within a server's own network. */
export const ownNetworkPlaces = {
  /** Of those that every such network has, by service. */
  visitors: { "mcp-gateway": 2, prometheus: 3, jaeger: 4 } as Readonly<Record<string, number>>,
  firstReplica: 5,
  lastReplica: 5 + addressesPerServer - 1,
};

/** Where the `index`-th server's addresses begin on a network that it shares with the others. */
export function serverOffset(index: number): number {
  return tekupPlaces.servers.firstOffset + index * addressesPerServer;
}
