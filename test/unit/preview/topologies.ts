import { parseSettings } from "../../../config/settings";
import { buildTopology, type Topology } from "../../../topology";

/** The topology of a stack of databases and MCP servers, with settings of its own, as a golden file holds it. */
export function topologyOf(settings: Record<string, unknown> = {}): Topology {
  const all = { system: "devcontainer", tiers: 2, ...settings };
  const values = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      `mcp:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const topology = buildTopology(
    "dev",
    parseSettings({ stack: "dev", values, isSecret: () => false }),
    "registry",
  );
  return JSON.parse(JSON.stringify(topology)) as Topology;
}

/** The topology with one of its services changed. */
export function withService(topology: Topology, name: string, change: object): Topology {
  const tiers = topology.tiers.map((tier) => ({
    ...tier,
    services: tier.services.map((service) => (service.name === name ? { ...service, ...change } : service)),
  }));
  return { ...topology, tiers };
}
