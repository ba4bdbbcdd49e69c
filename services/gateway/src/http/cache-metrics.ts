import { Counter, Gauge, type Registry } from "prom-client";
import type { CacheOutcome, ResultCache } from "../upstream/cache";

/** Shows what the cache of results is good for. */
export function cacheMetrics(cache: ResultCache, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: "mcp_gateway_cache_requests_total",
    help: "Requests for what can be kept: answered out of the cache, with another one like it, or by the server.",
    labelNames: ["server", "outcome"],
    registers,
    collect() {
      this.reset();
      for (const [server, counts] of cache.counts) {
        for (const outcome of Object.keys(counts) as CacheOutcome[])
          this.inc({ server, outcome }, counts[outcome]);
      }
    },
  });
  new Gauge({
    name: "mcp_gateway_cache_bytes",
    help: "Size of the results that are kept.",
    registers,
    collect() {
      this.set(cache.bytes);
    },
  });
}
