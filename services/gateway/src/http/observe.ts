import type { ServerResponse } from "node:http";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Logger } from "../../../host/log";
import { NOTIFICATIONS, OTHER, REQUESTS } from "../../../host/methods";
import { traceIds } from "../../../host/tracing";
import type { InForce } from "../config/configuration";
import type { Principal } from "../access/principal";
import type { UpstreamServer } from "../upstream/server";
import type { Asked } from "./asked";
import { recorded } from "./recorded-arguments";
import { serverMetrics } from "./server-metrics";
import type { RequestTrace } from "./trace";

/** So many tools have series of their own. */
const mostTools = 1000;

/** Measures requests, and keeps a record of each call: who, what, how it ended and how long it took. */
export class Observer {
  readonly registry = new Registry();
  private readonly tools = new Set<string>();
  private readonly duration: Histogram;
  private readonly active: Gauge;
  private readonly refused: Counter;

  constructor(
    private readonly servers: ReadonlyMap<string, UpstreamServer>,
    private readonly log: Logger,
    private readonly inForce: InForce,
  ) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.duration = new Histogram({
      name: "mcp_gateway_request_duration_seconds",
      help: "Time from a request's arrival to the end of its answer.",
      labelNames: ["server", "mcp_method_name", "gen_ai_tool_name", "client_class", "outcome"],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
      registers,
    });
    this.active = new Gauge({ name: "mcp_gateway_active_requests", help: "Requests in flight.", registers });
    this.refused = new Counter({
      name: "mcp_gateway_refused_total",
      help: "Requests that were refused before any server was asked, by HTTP status.",
      labelNames: ["status"],
      registers,
    });
    serverMetrics(servers, this.registry);
  }

  /** Marks the arrival of a request. What it asks for may be told later, until its answer ends. */
  begin(
    response: ServerResponse,
    scope: string | undefined,
    principal: Principal,
    trace: RequestTrace,
  ): (asked: Asked) => void {
    let asked: Asked = {};
    let args: string | undefined;
    this.active.inc();
    response.once("close", () => {
      this.active.dec();
      const outcome = outcomeOf(response);
      const [server, tool] = this.placeOf(scope, asked, outcome === "answered");
      const seconds = (performance.now() - trace.arrived) / 1000;
      const method = asked.method ?? "";
      this.duration.observe(
        {
          server,
          mcp_method_name:
            method === "" || REQUESTS.has(method) || NOTIFICATIONS.has(method) ? method : OTHER,
          gen_ai_tool_name: tool,
          client_class: principal.class,
          outcome,
        },
        seconds,
      );
      if (!this.inForce.settings.audit || method !== "tools/call") return;
      const { id, class: kind } = principal;
      const { statusCode: status } = response;
      const milliseconds = Math.round(seconds * 1e6) / 1000;
      this.log.info("call", {
        principal: id,
        class: kind,
        server,
        tool: asked.name,
        ...(args === undefined ? {} : { arguments: args }),
        outcome,
        status,
        milliseconds,
        ...traceIds(trace.span),
      });
    });
    return (told) => {
      asked = told;
      const { method, name, arguments: given } = told;
      if (given === undefined) return;
      // They are not kept for as long as the call takes, but where they are recorded.
      asked = { method, name };
      const { audit, auditArgumentBytes } = this.inForce.settings;
      if (audit && auditArgumentBytes > 0) args = recorded(given, auditArgumentBytes);
    };
  }

  /** Counts a request that nobody was asked for. */
  refuse(status: number): void {
    this.refused.inc({ status });
  }

  private known(server: string): string {
    return server === "" || this.servers.has(server) ? server : OTHER;
  }

  /** The server and the tool that a request is about, out of a bounded set of names. */
  private placeOf(
    scope: string | undefined,
    { method, name }: Asked,
    answered: boolean,
  ): [server: string, tool: string] {
    const at = scope === undefined ? (name?.indexOf("__") ?? -1) : -1;
    const server = scope ?? this.known(at > 0 ? name!.slice(0, at) : "");
    if (method !== "tools/call" || name === undefined) return [scope ?? "", ""];
    const tool = at > 0 ? name.slice(at + 2) : name;
    const key = `${server} ${tool}`;
    if (this.tools.has(key)) return [server, tool];
    if (!answered || this.tools.size >= mostTools) return [server, OTHER];
    this.tools.add(key);
    return [server, tool];
  }
}

function outcomeOf(response: ServerResponse): string {
  if (!response.writableFinished) return "gone";
  return response.statusCode < 400 ? "answered" : "refused";
}
