import type { Service, Topology } from "../../topology";

/** An MCP server as a program that a client starts and speaks to on its standard input and output. */
export interface StdioServer {
  command: string;
  args: string[];
}

/** Servers by name. */
export type StdioServers = Record<string, StdioServer>;

/** A stack's MCP servers for clients on the machine that has the Docker command. */
export function hostServers(topology: Topology): StdioServers {
  return byName(topology, ({ containerName, mcp }) => ({
    command: "docker",
    args: ["exec", "-i", containerName, ...(mcp?.stdio ?? [])],
  }));
}

/** A stack's MCP servers for clients inside its devcontainer, where there is no Docker. */
export function workspaceServers(topology: Topology): StdioServers {
  return byName(topology, ({ name }) => ({ command: "mcp-connect", args: [name] }));
}

function byName(topology: Topology, server: (service: Service) => StdioServer): StdioServers {
  const services = topology.tiers.flatMap((tier) => tier.services).filter(({ mcp }) => mcp?.stdio);
  return Object.fromEntries(services.map((service) => [service.name, server(service)]));
}
