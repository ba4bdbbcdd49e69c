import type { HealthReport } from "../../../host/health";
import type { Version } from "../config/configuration";
import type { UpstreamServer } from "../upstream/server";

/**
 * Whether the gateway can serve: it is not stopping, and one server at least can be reached. A server that is down makes
 * the gateway itself no less ready, as lists say what is missing; it is named here as well. So is the configuration in force.
 */
export function reportHealth(
  servers: ReadonlyMap<string, UpstreamServer>,
  stopping: boolean,
  { sequence, hash }: Version,
): HealthReport & { config: Pick<Version, "sequence" | "hash"> } {
  const checks: HealthReport["checks"] = {};
  for (const { name, context } of servers.values()) {
    const { all } = context.replicas;
    const inUse = all.filter(({ health }) => health.inUse).length;
    const ok = inUse > 0;
    checks[name] = ok
      ? { ok, milliseconds: 0 }
      : { ok, milliseconds: 0, error: `${inUse} of ${all.length} replicas are in use` };
  }
  const reached = servers.size === 0 || Object.values(checks).some(({ ok }) => ok);
  return { live: true, ready: !stopping && reached, checks, config: { sequence, hash } };
}
