import type { TierPlace } from "../tiers";

/** How many addresses each server has to itself, for its replicas, and how many servers there may be. */
export const addressesPerServer = 8;
export const mostServers = 8;
/** How many of them the project brings along; the others are packages that settings name. */
export const builtInServers = 3;
export const mostHosted = mostServers - builtInServers;

/** A service that is on every server's own network. */
interface Visitor {
  offset: number;
  /** Its name there, for those that servers look for; the others come to them. */
  aliases: string[];
}

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
  /** By service. */
  visitors: {
    "mcp-gateway": { offset: 2, aliases: [] },
    prometheus: { offset: 3, aliases: [] },
    jaeger: { offset: 4, aliases: ["jaeger"] },
  } as Readonly<Record<string, Visitor>>,
  firstReplica: 5,
  lastReplica: 5 + addressesPerServer - 1,
};

/** Where the `index`-th server's addresses begin on a network that it shares with the others. */
export function serverOffset(index: number): number {
  return tekupPlaces.servers.firstOffset + index * addressesPerServer;
}
