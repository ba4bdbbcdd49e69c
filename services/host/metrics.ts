import type { McpServerFactory } from "@modelcontextprotocol/server";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Logger } from "./log";
import { withExactArguments } from "./exact-arguments";
import { observed, observeServer, toolNames } from "./observe";
import { Operations } from "./operations";
import type { Service } from "./program";
import { Sessions } from "./sessions";

/**
 * Has everything measured and logged that a service serves: its requests, the process itself, and what else the service names.
 * @param log has a line for each call of a tool.
 * @returns the factory and the sessions to serve from instead of the service's own, and what `/metrics` answers from.
 */
export async function measured(
  given: Service,
  log: Logger,
): Promise<{ createServer: McpServerFactory; sessions?: Sessions; registry: Registry }> {
  const service = withExactArguments(given);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  service.registerMetrics?.(registry);
  const operations = new Operations(registry);
  for (const tool of await toolNames(service.createServer)) operations.know(tool);
  const createServer = observed(service.createServer, { operations, log });
  if (!service.sessions) return { createServer, registry };
  const { sessions: keeping } = service;
  const open: typeof keeping.open = async (capabilities, client) => {
    const session = await keeping.open(capabilities, client);
    observeServer(session.server, { operations, log });
    return session;
  };
  const gauge = new Gauge({
    name: "mcp_server_sessions",
    help: "Sessions that are open.",
    registers: [registry],
  });
  return { createServer, sessions: new Sessions({ ...keeping, open }, gauge), registry };
}
