/** A tier's place: the offsets from the network's first address that its services may have. */
export interface TierPlace {
  number: number;
  name: string;
  firstOffset: number;
  lastOffset: number;
}

/**
 * The devcontainer cluster's tiers and their address ranges.
 * Source: the orchestration specification, "Tier Architecture".
 */
export const tierPlaces = {
  databases: { number: 1, name: "databases", firstOffset: 20, lastOffset: 21 },
  mcpServers: { number: 2, name: "mcp-servers", firstOffset: 30, lastOffset: 39 },
  buildTools: { number: 3, name: "build-tools", firstOffset: 50, lastOffset: 59 },
  monitoring: { number: 4, name: "monitoring", firstOffset: 70, lastOffset: 79 },
  devcontainer: { number: 5, name: "devcontainer", firstOffset: 60, lastOffset: 60 },
} as const satisfies Record<string, TierPlace>;
