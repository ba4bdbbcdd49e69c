import { isHeld } from "../../engine/hold";
import type { ExpectedService } from "../expected";
import type { Evidence } from "../finding";
import { containerOf } from "../observe";
import type { Held } from "../types";

/** Services that are stopped as an operator wants it, and the unhealthy ones that wait for one of those. */
export function heldServices(evidence: Evidence): Held[] {
  const { expected, observed, line } = evidence;
  return expected.services.flatMap((service): Held[] => {
    const container = containerOf(service, observed.containers);
    if (!container) return [];
    if (isHeld(container)) {
      const since = Date.parse(container.State.FinishedAt);
      return [
        {
          service: service.name,
          waitsFor: null,
          since: since > 0 ? new Date(since).toISOString() : null,
          command: line("start", [service.name]),
        },
      ];
    }
    const waited = container.State.Health?.Status === "unhealthy" ? waitsFor(evidence, service) : undefined;
    return waited
      ? [{ service: service.name, waitsFor: waited, since: null, command: line("start", [waited]) }]
      : [];
  });
}

/** The service below this one that an operator holds, without which it can't be healthy. */
export function waitsFor(
  evidence: Pick<Evidence, "expected" | "observed">,
  { dependsOn }: Pick<ExpectedService, "dependsOn">,
): string | undefined {
  const { expected, observed } = evidence;
  for (const name of dependsOn) {
    const below = expected.services.find((service) => service.name === name);
    const container = below && containerOf(below, observed.containers);
    if (container && isHeld(container)) return name;
    const further = below && waitsFor(evidence, below);
    if (further) return further;
  }
  return undefined;
}
