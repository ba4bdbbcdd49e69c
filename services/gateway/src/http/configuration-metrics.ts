import { Counter, Gauge, type Registry } from "prom-client";
import type { Outcome, Status } from "../config/configuration";

/** Shows which configuration is in force, and how reloads ended. */
export function configurationMetrics(configuration: Status, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "mcp_gateway_config_info",
    help: "1, with the hash of the configuration in force.",
    labelNames: ["hash"],
    registers,
    collect() {
      this.reset();
      this.set({ hash: configuration.version.hash }, 1);
    },
  });
  new Gauge({
    name: "mcp_gateway_config_sequence",
    help: "Number of the configuration in force; 1 is the one that the process began with.",
    registers,
    collect() {
      this.set(configuration.version.sequence);
    },
  });
  new Gauge({
    name: "mcp_gateway_config_since_timestamp_seconds",
    help: "When the configuration in force was taken over, in seconds since 1970.",
    registers,
    collect() {
      this.set(Date.parse(configuration.version.since) / 1000);
    },
  });
  new Gauge({
    name: "mcp_gateway_config_last_reload_refused",
    help: "1 as long as the configuration that was read last is refused, and the one before it in force.",
    registers,
    collect() {
      this.set(configuration.refusal ? 1 : 0);
    },
  });
  new Counter({
    name: "mcp_gateway_config_reloads_total",
    help: "Reloads of the configuration, by how they ended.",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const outcome of Object.keys(configuration.outcomes) as Outcome[]) {
        this.inc({ outcome }, configuration.outcomes[outcome]);
      }
    },
  });
}
