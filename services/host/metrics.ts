import type { McpServerFactory } from "@modelcontextprotocol/server";
import { collectDefaultMetrics, Registry } from "prom-client";
import { observed, toolNames } from "./observe";
import { Operations } from "./operations";
import type { Service } from "./program";

/**
 * Has everything measured that a service serves: its requests, the process itself, and what else the service names.
 * @returns the factory to serve from instead of the service's own, and what `/metrics` answers from.
 */
export async function measured(
  service: Service,
): Promise<{ createServer: McpServerFactory; registry: Registry }> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  service.registerMetrics?.(registry);
  const operations = new Operations(registry);
  for (const tool of await toolNames(service.createServer)) operations.know(tool);
  return { createServer: observed(service.createServer, operations), registry };
}
