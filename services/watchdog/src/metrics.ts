import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { isHealthy } from "./container";
import type { Watched } from "./watchdog";

/** Labels of every container's series. */
const labelNames = ["container", "service", "tier"] as const;

/** A container's state as Prometheus reads it. */
export interface Metrics {
  contentType: string;
  render: () => Promise<string>;
}

/**
 * The metrics of those containers and of this process. They are made anew from what is known whenever somebody asks:
 * containers that stopped are among them, and those that were removed are not.
 */
export function containerMetrics(containers: () => Watched[]): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1000 });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const info = new Gauge({
    name: "mcp_container_info",
    help: "Which container a service runs in: always 1.",
    labelNames: [...labelNames, "container_id", "image"],
    registers,
  });
  const running = gauge("mcp_container_running", "1 where the container runs and is not paused.");
  const healthy = gauge("mcp_container_healthy", "1 where it runs and its health check, if any, passes.");
  const startedAt = gauge("mcp_container_started_at_seconds", "Last start, in seconds since 1970.");
  const limit = gauge("mcp_container_memory_limit_bytes", "Hard limit; absent where there is none.");
  const restarts = new Counter({
    name: "mcp_container_restarts_total",
    help: "Restarts by the engine, since somebody started the container, and by the watchdog, since it runs.",
    labelNames: [...labelNames, "by"],
    registers,
  });
  const oomKills = new Counter({
    name: "mcp_container_oom_kills_total",
    help: "How often the engine said that the container had run out of memory, since the watchdog runs.",
    labelNames,
    registers,
  });
  const own = [info, running, healthy, startedAt, limit, restarts, oomKills];

  const fill = (): void => {
    own.forEach((metric) => metric.reset());
    for (const { container, restarts: byWatchdog, oomKills: kills } of containers()) {
      const labels = { container: container.name, service: container.service, tier: container.tier };
      info.set({ ...labels, container_id: container.id, image: container.image }, 1);
      running.set(labels, container.status === "running" ? 1 : 0);
      healthy.set(labels, isHealthy(container) ? 1 : 0);
      if (container.startedAt !== undefined) startedAt.set(labels, container.startedAt);
      if (container.memoryLimitBytes !== undefined) limit.set(labels, container.memoryLimitBytes);
      restarts.inc({ ...labels, by: "engine" }, container.restartCount);
      restarts.inc({ ...labels, by: "watchdog" }, byWatchdog);
      oomKills.inc(labels, kills);
    }
  };
  return {
    contentType: registry.contentType,
    render: () => {
      fill();
      return registry.metrics();
    },
  };
}
