import type { McpServerFactory } from "@modelcontextprotocol/server";
import { askHealth } from "./ask-health";
import { attach, socketPath } from "./attach";
import type { HealthCheck } from "./health";
import type { Logger } from "./log";

/** What a server brings along; the host does the rest. */
export interface Service {
  /** Makes the MCP server of one request (HTTP) or one client (stdio). */
  createServer: McpServerFactory;
  /** What must answer before the server counts as ready, by name. */
  checks: Record<string, HealthCheck>;
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

const USAGE = "usage: mcp-server [http|stdio|health]";

/**
 * Runs a program's subcommand to its end and exits the process.
 *
 * `http`, the default, serves until SIGTERM or SIGINT. `stdio` serves one client until it goes away, by the server
 * that runs already where there is one. `health` asks that server, and exits with 0 when it is ready.
 */
export async function run(program: Program, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const [command = "http", ...rest] = argv;
  if (rest.length > 0 || !["http", "stdio", "health"].includes(command)) {
    process.stderr.write(`${USAGE}\n`);
    return process.exit(2);
  }
  if (command === "health") {
    const { ready, message } = await askHealth(Number(process.env.MCP_PORT || 8000));
    process.stdout.write(`${message}\n`, () => process.exit(ready ? 0 : 1));
    return;
  }
  if (command === "stdio" && (await attach(socketPath(process.env)))) return process.exit(0);
  // Loaded only now: neither of the short-lived processes above needs it.
  const { serve } = await import("./serve.js");
  return process.exit(await serve(program, command === "stdio" ? "stdio" : "http"));
}
