import { Gauge, Registry } from "prom-client";
import { type DriftReport, kinds } from "../types";

/** A report in Prometheus' text format, as its node exporter reads it from a file. */
export async function driftMetrics({ stack, checkedAt, drifted, differences }: DriftReport): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const checked = new Gauge({
    name: "mcp_drift_checked_timestamp_seconds",
    help: "When the stack was last compared with its state and its program, in seconds since 1970.",
    labelNames: ["stack"],
    registers,
  });
  checked.set({ stack }, Date.parse(checkedAt) / 1000);
  const told = new Gauge({
    name: "mcp_drift_told",
    help: "1 where the last comparison could be made.",
    labelNames: ["stack"],
    registers,
  });
  told.set({ stack }, drifted === null ? 0 : 1);
  if (drifted === null) return registry.metrics(); // nothing is known, which is not the same as none
  const found = new Gauge({
    name: "mcp_drift_differences",
    help: "What is not as state and program say, by kind.",
    labelNames: ["stack", "kind"],
    registers,
  });
  for (const kind of kinds)
    found.set({ stack, kind }, differences.filter((difference) => difference.kind === kind).length);
  return registry.metrics();
}
