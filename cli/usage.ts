import { inspectContainer } from "../engine/container";
import type { Topology } from "../topology";

/** The stack's outputs; see components/environment.ts. */
export interface StackOutputs {
  servers?: Record<string, { http: string; published?: string; stdio: string }>;
}

/** How to use a stack that is up, as `npm run up` prints it, with its health as the engine has it now. */
export async function usage(
  stack: string,
  topology: Topology,
  { servers = {} }: StackOutputs,
): Promise<string> {
  const services = topology.tiers.flatMap((tier) =>
    tier.services.map((service) => ({ tier: tier.number, service })),
  );
  const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
  if (services.length === 0) {
    return `\n${stack}: the network ${topology.network.name} (${topology.network.subnet}) is up; no servers are part of it yet.`;
  }
  const rows = await Promise.all(
    services.map(async ({ tier, service: { containerName, address } }) => {
      const health = (await inspectContainer(containerName))?.State.Health?.Status ?? "missing";
      return [`${tier}`, containerName, address, health];
    }),
  );
  const first = Object.values(servers)[0];
  return [
    `\n${stack} is up on the network ${topology.network.name} (${topology.network.subnet}):\n`,
    table([["TIER", "CONTAINER", "ADDRESS", "HEALTH"], ...rows]),
    "\nMCP servers, for a client's settings:\n",
    ...Object.entries(servers).flatMap(([name, { http, published, stdio }]) => [
      `  ${name}`,
      `    stdio   ${stdio}`,
      `    http    ${http}${published ? `   (from this host: ${published})` : "   (from the cluster network)"}`,
    ]),
    first ? `\nTry one:    npx @modelcontextprotocol/inspector ${first.stdio}` : "",
    `Take down:  npm run down${option}   (the data volumes stay)`,
  ].join("\n");
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
