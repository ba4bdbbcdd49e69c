import { McpServer, type McpServerFactory } from "@modelcontextprotocol/server";
import type { Shared } from "./tools/context";
import { registerSearchCode } from "./tools/search-code";

/** Makes the MCP servers of some folders; all of them share the queue of searches. */
export function serverFactory(shared: Shared, version: string): McpServerFactory {
  const folders = shared.roots.list.map(({ root }) => root.path).join(", ");
  return () => {
    const server = new McpServer(
      { name: "mcp-search", title: "Code search", version },
      { instructions: `Searches the files below ${folders}.` },
    );
    registerSearchCode({ server, ...shared });
    return server;
  };
}
