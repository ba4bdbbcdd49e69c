import type { McpServerFactory } from "@modelcontextprotocol/server";
import type { Registry } from "prom-client";
import type { HealthCheck } from "./health";
import type { Logger } from "./log";
import type { SessionKeeping } from "./sessions";
import { runShort } from "./short";

/** What a server brings along; the host does the rest. */
export interface Service {
  /**
   * Makes the MCP server of one request (HTTP) or one client (stdio). The tools that it offers when the program starts
   * are those whose calls are counted by name.
   */
  createServer: McpServerFactory;
  /**
   * Has clients of the 2025 era served in sessions over HTTP, each with a server of its own. Without it every request
   * stands alone, which is what to choose for a service that keeps nothing between calls.
   */
  sessions?: SessionKeeping;
  /**
   * Has clients of that era cancel calls over HTTP where the service keeps no sessions, by a session id that is their name and
   * nothing else. What to choose where calls take long and cost others something.
   */
  cancellable?: true;
  /**
   * Leaves numbers that JavaScript can't hold in what its servers get, each as the text that `parseJson` gives, and has them be
   * numbers again in what they say. For a service that passes messages on; of any other the tools must not see such a text.
   */
  passesNumbers?: true;
  /** What must answer before the server counts as ready, by name. */
  checks: Record<string, HealthCheck>;
  /** Adds what else of the service is to be measured; its requests and its process are without. */
  registerMetrics?: (registry: Registry) => void;
  /** Gives back what the service holds, its database connections for one. */
  close: () => Promise<void>;
}

/** A server program. */
export interface Program {
  name: string;
  version: string;
  /** Reads the program's own settings and opens what it serves. It must not wait for a dependency to answer. */
  open: (environment: NodeJS.ProcessEnv, log: Logger) => Promise<Service>;
}

/**
 * Runs a program's subcommand to its end and exits the process.
 *
 * `http`, the default, serves until SIGTERM or SIGINT. `stdio` serves one client until it goes away, by the server
 * that runs already where there is one. `health` asks that server, and exits with 0 when it is ready.
 */
export async function run(program: Program, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const code = await runShort(argv, process.env);
  if (code !== undefined) return process.exit(code);
  // Loaded only now: the short-lived processes above need none of it.
  const { serve } = await import("./serve.js");
  return process.exit(await serve(program, argv[0] === "stdio" ? "stdio" : "http"));
}
