import type { Service, Topology } from "../../topology";
import { stdioInWorkspace, stdioOnHost } from "../../topology/mcp-endpoints";
import { publishedEndpoint } from "../../topology/networks";
import { allServices } from "../../topology/services";

/** An MCP server as a program that a client starts and speaks to on its standard input and output. */
export interface StdioServer {
  command: string;
  args: string[];
}

/** Servers by name. */
export type StdioServers = Record<string, StdioServer>;

/** An MCP server that a client reaches over Streamable HTTP. */
export interface HttpServer {
  url: string;
  headers: Record<string, string>;
}

/** Servers by name, however they are reached. */
export type McpServers = Record<string, StdioServer | HttpServer>;

/** Whether a server is reached over HTTP. */
export function isHttp(server: StdioServer | HttpServer): server is HttpServer {
  return "url" in server;
}

/** The stack's servers that are published on this host, for a client with this key. */
export function publishedServers(topology: Topology, key: string | undefined): McpServers {
  const headers: Record<string, string> = key === undefined ? {} : { "X-Api-Key": key };
  return Object.fromEntries(
    allServices(topology).flatMap((service) => {
      const url = service.mcp?.stdio ? undefined : publishedEndpoint(service);
      return url === undefined ? [] : [[topology.stack, { url, headers }]];
    }),
  );
}

/** A stack's MCP servers for clients on the machine that has the Docker command. */
export function hostServers(topology: Topology): StdioServers {
  return byName(topology, stdioOnHost);
}

/** A stack's MCP servers for clients inside its devcontainer, where there is no Docker. */
export function workspaceServers(topology: Topology): StdioServers {
  return byName(topology, stdioInWorkspace);
}

function byName(topology: Topology, commandOf: (service: Service) => string[] | undefined): StdioServers {
  return Object.fromEntries(
    allServices(topology).flatMap((service) => {
      const [command, ...args] = commandOf(service) ?? [];
      return command === undefined ? [] : [[service.name, { command, args }]];
    }),
  );
}
