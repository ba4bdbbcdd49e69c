import type { McpServer } from "@modelcontextprotocol/server";
import type { Roots } from "../../../filesystem/src/confined/roots";
import type { Queue } from "../../../host/queue";
import type { RipgrepSettings } from "../settings";

/** What all servers share. */
export interface Shared {
  roots: Roots;
  queue: Queue;
  settings: RipgrepSettings;
}

/** What a tool works with. */
export interface ToolContext extends Shared {
  server: McpServer;
}
