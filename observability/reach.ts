import { databaseServers } from "../topology/databases";
import { endpointInNetwork, stdioOnHost } from "../topology/mcp-endpoints";
import { publishedEndpoint } from "../topology/networks";
import type { Service } from "../topology/types";
import { pageOf } from "./web-page";

/** A way to a service: what a client is given, as a link where a browser can open it. */
export interface Way {
  text: string;
  link?: string;
}

/** How a client on the machine of the engine reaches a service; none where nothing of it is published. */
export function waysFromHost(service: Service): Way[] {
  const { ports, web } = service;
  const endpoint = publishedEndpoint(service);
  const stdio = stdioOnHost(service);
  return [
    ...(web ? [{ text: pageOf(web), link: pageOf(web) }] : []),
    ...(endpoint ? [{ text: endpoint }] : []),
    ...(stdio ? [{ text: stdio.join(" ") }] : []),
    ...ports
      .filter(({ container }) => container !== service.mcp?.port)
      .map(({ address, host }) => ({ text: `${address}:${host}` })),
  ];
}

/** How other containers of the stack reach a service; undefined where it serves nobody, or not under an address that is sure. */
export function wayInNetwork(service: Service): string | undefined {
  const { name, web, metrics } = service;
  const database = Object.values(databaseServers).find((server) => server.service === name);
  if (database) return `${name}:${database.port}`;
  if (web) return `http://${name}:${web.port}${web.path}`;
  // Servers behind a gateway are for it alone.
  return (
    endpointInNetwork(service) ??
    (metrics && !metrics.replicated ? `http://${name}:${metrics.port}${metrics.path}` : undefined)
  );
}
