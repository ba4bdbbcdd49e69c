import type { McpServer } from "@modelcontextprotocol/server";
import type { Roots } from "../confined/roots";
import type { Writer } from "../confined/writer";
import type { Settings } from "../settings";

/** What all servers share. */
export interface Shared {
  roots: Roots;
  writer: Writer;
  settings: Settings;
}

/** What a tool works with. */
export interface ToolContext extends Shared {
  server: McpServer;
}
