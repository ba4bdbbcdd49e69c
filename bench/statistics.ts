/** The value that a share of all samples does not exceed, for example 0.5 for the median. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds that something took. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

/** A line of a report: what was measured, its median and 99th percentile. */
export function report(what: string, samples: readonly number[]): string {
  const [p50, p99] = [percentile(samples, 0.5), percentile(samples, 0.99)].map((ms) =>
    ms.toFixed(1).padStart(8),
  );
  return `${what.padEnd(44)} p50 ${p50} ms   p99 ${p99} ms   n ${samples.length}`;
}
