import type { Panel } from "./model";
import { quantile } from "./promql";

type Words = Pick<Panel, "title" | "description">;

/** Which part of what was asked for ended badly; `expr` is that share, of 0 to 1. */
export function badShare(words: Words, expr: string, legend: string): Panel {
  return {
    ...words,
    kind: "stat",
    unit: "ratio",
    queries: [{ expr, legend }],
    thresholds: [
      { from: 0.05, level: "warning" },
      { from: 0.2, level: "critical" },
    ],
  };
}

/** The time that nearly all calls end within, from the buckets of a histogram of seconds. */
export function slowCalls(description: string, buckets: string): Panel {
  return {
    title: "Call duration (p95)",
    description,
    kind: "stat",
    unit: "seconds",
    queries: [{ expr: quantile(0.95, buckets), legend: "p95" }],
    thresholds: [
      { from: 0.5, level: "warning" },
      { from: 5, level: "critical" },
    ],
  };
}

/** How the time of calls goes up and down, from the same buckets. */
export function callTimes(description: string, buckets: string): Panel {
  return {
    title: "Call duration",
    description,
    kind: "timeseries",
    unit: "seconds",
    queries: [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, buckets), legend: `p${q * 100}` })),
  };
}
