import { Gauge, Histogram, type Registry } from "prom-client";
import { OTHER, REQUESTS } from "./methods";

/** What a series is told apart by. */
type Labels = "mcp_method_name" | "gen_ai_tool_name" | "error_type";

/**
 * How a request ended: empty when fine, `tool_error` for a tool's own error, `invalid_arguments` for a call that the
 * tool's schema refuses, `cancelled` for one that its client gave up or left, else the code of the JSON-RPC error.
 */
export type ErrorType = "" | "tool_error" | "invalid_arguments" | "cancelled" | number;

/**
 * Measures requests by OpenTelemetry's semantic conventions for MCP (`mcp.server.operation.duration`), under the names
 * that Prometheus has for theirs. The conventions know no `invalid_arguments` and no `cancelled`, which are `tool_error`
 * and nothing at all there; a client's mistake should not look like a server's.
 */
export class Operations {
  private readonly tools = new Set<string>();
  private readonly duration: Histogram<Labels>;
  private readonly active: Gauge;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: "mcp_server_operation_duration_seconds",
      help: "Time from an MCP request's arrival to its result.",
      labelNames: ["mcp_method_name", "gen_ai_tool_name", "error_type"],
      // The conventions' own, and three below them: a database beside the server answers within a few milliseconds.
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
      registers: [registry],
    });
    this.active = new Gauge({
      name: "mcp_server_active_requests",
      help: "MCP requests in flight.",
      registers: [registry],
    });
  }

  /** Makes a tool known. Its series exist from then on, so that a rate is 0 before the first call, not absent. */
  know(tool: string): void {
    this.tools.add(tool);
    for (const error_type of ["", "tool_error"]) {
      this.duration.zero({ mcp_method_name: "tools/call", gen_ai_tool_name: tool, error_type });
    }
  }

  /** Marks the arrival of a request; the function it returns marks its end. */
  begin(method: string, params: unknown): (error: ErrorType) => void {
    const begin = performance.now();
    const labels = {
      mcp_method_name: REQUESTS.has(method) ? method : OTHER,
      gen_ai_tool_name: method === "tools/call" ? this.toolOf(params) : "",
    };
    this.active.inc();
    return (error) => {
      this.active.dec();
      this.duration.observe({ ...labels, error_type: errorType(error) }, (performance.now() - begin) / 1000);
    };
  }

  private toolOf(params: unknown): string {
    const name = (params as { name?: unknown } | undefined)?.name;
    return typeof name === "string" && this.tools.has(name) ? name : OTHER;
  }
}

/** JSON-RPC keeps a range of codes for itself; a handler could throw any other number. */
function errorType(error: ErrorType): string {
  if (typeof error !== "number") return error;
  return error >= -32_768 && error <= -32_000 ? String(error) : OTHER;
}
