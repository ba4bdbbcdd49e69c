import type { McpServer } from "@modelcontextprotocol/server";
import type { Roots } from "../../../filesystem/src/confined/roots";
import type { Queue } from "../../../host/queue";
import type { SemanticIndex } from "../semantic/indexer";
import type { RipgrepSettings } from "../settings";

/** What all servers share. */
export interface Shared {
  roots: Roots;
  queue: Queue;
  settings: RipgrepSettings;
  /** Absent where there is no search by meaning. */
  index?: SemanticIndex;
}

/** What a tool works with. */
export interface ToolContext extends Shared {
  server: McpServer;
}

/** What a tool of search by meaning works with. */
export type SemanticContext = ToolContext & { index: SemanticIndex };
