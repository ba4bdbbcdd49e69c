import { nginx } from "../topology/monitoring";
import type { StackArguments } from "./arguments";
import { commandLine } from "./operate/command-line";
import { serviceTable } from "./operate/status/text";
import type { StackStatus } from "./operate/status/types";

/** The stack's outputs; see components/environment.ts. */
export interface StackOutputs {
  servers?: Record<string, { http: string; published?: string; stdio?: string }>;
  clientKeys?: unknown;
}

/** How to use a stack that is up, as `npm run up` prints it. */
export function howToUse(
  stack: StackArguments,
  status: StackStatus,
  { servers = {}, clientKeys }: StackOutputs,
): string {
  const { name } = status.network;
  const subnet = status.network.subnet ?? "not there";
  if (status.services.length === 0)
    return `\n${stack.stack}: the network ${name} (${subnet}) is up; no servers are part of it yet.`;
  const first = Object.values(servers).find(({ stdio }) => stdio)?.stdio;
  return [
    `\n${stack.stack} is up on the network ${name} (${subnet}):\n`,
    ...serviceTable(status.services),
    "\nMCP servers, for a client's settings:\n",
    ...Object.entries(servers).flatMap(([server, { http, published, stdio }]) => [
      `  ${server}`,
      ...(stdio ? [`    stdio   ${stdio}`] : []),
      `    http    ${http}${published ? `   (from this host: ${published})` : "   (from the cluster network)"}`,
    ]),
    first ? `\nTry one:    npx @modelcontextprotocol/inspector ${first}` : "",
    ...(clientKeys === undefined
      ? []
      : [`Clients:    ${commandLine("clients", stack)}   (settings for them, with a key)`]),
    ...(status.services.some(({ service }) => service === nginx.name)
      ? [`Web pages:  ${commandLine("open", stack)}`]
      : []),
    `Look at it: ${commandLine("status", stack)}`,
    `Take down:  ${commandLine("down", stack)}   (the data volumes stay)`,
  ].join("\n");
}
