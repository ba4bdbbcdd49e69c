import { type Implementation, McpServer } from "@modelcontextprotocol/server";

/** What a server says of itself, and what it offers besides tools. */
interface Offer {
  instructions: string;
  /** Whether it has resources as well. */
  resources?: boolean;
}

/**
 * A server that tells nobody of changes: its tools are the same as long as it runs. The SDK promises news of every list where it
 * is told nothing else, and clients then wait for them.
 */
export function fixedServer(info: Implementation, { instructions, resources = false }: Offer): McpServer {
  const silent = { listChanged: false };
  return new McpServer(info, {
    instructions,
    capabilities: { tools: silent, ...(resources ? { resources: silent } : {}) },
  });
}
