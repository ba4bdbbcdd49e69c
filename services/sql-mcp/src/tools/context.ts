import type { McpServer } from "@modelcontextprotocol/server";
import type { Database } from "../database";
import type { Settings } from "../settings";

/** What a tool works with. */
export interface ToolContext {
  server: McpServer;
  database: Database;
  kind: Settings["kind"];
  limits: Settings["limits"];
  reachSetting: Settings["reachSetting"];
  /** Only to be kept out of messages and results. */
  password: string;
}
