import type { Era } from "./requests";

/** What was measured of one contender, by concurrency. */
export interface Measured {
  name: string;
  memoryBytes: number;
  at: ReadonlyMap<number, { rate: number; p50: number; p99: number; cpu: number; failed: number }>;
}

/** Something that was to be reached. */
export interface Goal {
  what: string;
  ours: number;
  goal: string;
  met: boolean;
}

/** A table in Markdown: for each concurrency calls in a second, median and 99th percentile in milliseconds. */
export function gatewayTable(era: Era, measured: readonly Measured[]): string {
  const concurrencies = [...(measured[0]?.at.keys() ?? [])];
  const headings = [
    `${era} era`,
    ...concurrencies.map((concurrent) => `${concurrent}: /s, p50, p99`),
    "CPU per call",
    "memory",
    "failed",
  ];
  const rows = measured.map(({ name, memoryBytes, at }) => {
    const all = [...at.values()];
    const cpu = all.map((sample) => sample.cpu).filter((value) => value > 0);
    return [
      name,
      ...all.map(({ rate, p50, p99 }) => `${rate.toFixed(0)}, ${p50.toFixed(2)}, ${p99.toFixed(1)}`),
      `${Math.min(...cpu).toFixed(0)} to ${Math.max(...cpu).toFixed(0)} µs`,
      `${(memoryBytes / 2 ** 20).toFixed(0)} MiB`,
      String(all.reduce((sum, { failed }) => sum + failed, 0)),
    ];
  });
  return markdown([headings, ...rows]);
}

/** The goals, each with whether it was met. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ what, ours, goal, met }) => {
    return [what, ours.toFixed(ours < 100 ? 2 : 0), goal, met ? "met" : "NOT MET"];
  });
  return markdown([["measured", "ours", "goal", ""], ...rows]);
}

function markdown(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
