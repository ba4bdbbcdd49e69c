import type { McpServerFactory } from "@modelcontextprotocol/server";
import { fixedServer } from "../../host/fixed-server";
import type { Shared } from "./tools/context";
import { registerIndexStatus } from "./tools/index-status";
import { registerSearchCode } from "./tools/search-code";
import { registerSearchSemantic } from "./tools/search-semantic";

/** Makes the MCP servers of some folders; all of them share the queue of searches. */
export function serverFactory(shared: Shared, version: string): McpServerFactory {
  const folders = shared.roots.list.map(({ root }) => root.path).join(", ");
  return () => {
    const server = fixedServer(
      { name: "mcp-search", title: "Code search", version },
      { instructions: `Searches the files below ${folders}.` },
    );
    registerSearchCode({ server, ...shared });
    const { index } = shared;
    if (index) {
      registerSearchSemantic({ server, ...shared, index });
      registerIndexStatus({ server, ...shared, index });
    }
    return server;
  };
}
