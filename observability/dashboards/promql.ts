/** A label matcher for several values; a name in a topology has nothing that a pattern would take otherwise but dots. */
export function oneOf(label: string, values: readonly string[]): string {
  return `${label}=~"${values.map((value) => value.replaceAll(".", "[.]")).join("|")}"`;
}

/** A matcher for a service and its further replicas, which are called as it is and numbered. */
export function withReplicas(service: string): string {
  return `service=~"${service.replaceAll(".", "[.]")}(-[0-9]+)?"`;
}

/** A counter's rate, over the time that suits the zoom. */
export function rate(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/**
 * What is measured of containers, summed by service. cAdvisor knows containers by their IDs alone, and the watchdog knows
 * whose those are.
 * @param expr series with the label `container_id`.
 * @param services the services that count; all where left out.
 */
export function byService(expr: string, services?: readonly string[]): string {
  const whose = services ? `{${oneOf("service", services)}}` : "";
  return `sum by (service) (${expr} * on (container_id) group_left (service) mcp_container_info${whose})`;
}

/**
 * A share of something that may be nothing at the moment: 0 then, where a plain division gives no number. The least that
 * is divided by is far below one event in the longest time that is looked at.
 */
export function share(part: string, whole: string): string {
  return `${part} / clamp_min(${whole}, 1e-9)`;
}

/** The value, and 0 where there is none, or no number. For a single series without labels. */
export function orZero(expr: string): string {
  return `((${expr}) >= 0 or vector(0))`;
}

/**
 * A quantile of a histogram; 0 where nothing was counted.
 * @param buckets selects the histogram's buckets.
 */
export function quantile(q: number, buckets: string): string {
  return orZero(`histogram_quantile(${q}, sum by (le) (${rate(buckets)}))`);
}
