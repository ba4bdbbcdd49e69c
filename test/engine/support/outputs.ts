import type { TestStack } from "./stack";

/** Where a stack's MCP server is reached: its address on the network, and the command that speaks MCP over stdio. */
export interface Endpoint {
  http: string;
  stdio: string;
}

/** The MCP servers that a stack says it has, by name. */
export async function serversOf(stack: TestStack): Promise<Record<string, Endpoint>> {
  const { code, output } = await stack.pulumi("stack", "output", "--json");
  if (code !== 0) throw new Error(output);
  return (JSON.parse(output) as { servers: Record<string, Endpoint> }).servers;
}
