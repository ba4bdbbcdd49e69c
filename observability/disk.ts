const ofDisk = (metric: string, matchers: string) => `node_filesystem_${metric}_bytes${matchers}`;

/**
 * PromQL for the share of each file system that users may still fill, 0 to 1, as `df` counts it: what is reserved for
 * root is neither used nor free.
 * @param matchers of the series, in braces.
 */
export function freeShareOfDisks(matchers = ""): string {
  const [available, size, free] = ["avail", "size", "free"].map((metric) => ofDisk(metric, matchers));
  return `${available} / (${size} - ${free} + ${available} > 0)`;
}
