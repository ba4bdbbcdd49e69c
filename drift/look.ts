import { setTimeout as sleep } from "node:timers/promises";
import { compare } from "./checks";
import { heldServices } from "./checks/held";
import type { Expected } from "./expected";
import type { Before, Evidence, Finding, Provenance } from "./finding";
import { isSettling, surelyLoops } from "./motion";
import { containerOf, observe } from "./observe";
import type { Observed } from "./observed";
import type { Held } from "./types";

/** Between two looks. */
const pauseMs = 1_000;

/** What does not change from look to look. */
export interface LookParts {
  expected: Expected;
  provenance: Provenance;
  line: Evidence["line"];
  /** How long containers that are on their way are waited for, in seconds. */
  settleSeconds: number;
}

/** What was found at last. */
export interface Looked {
  findings: Finding[];
  held: Held[];
}

/**
 * Looks until what is found will not go by itself: what differs is looked at twice at least, and while a container is being
 * restarted, by whomever, or has not had its first check of health, it is waited for.
 */
export async function look({ expected, provenance, line, settleSeconds }: LookParts): Promise<Looked> {
  const deadline = performance.now() + settleSeconds * 1000;
  let before: Before | undefined;
  for (let count = 1; ; count += 1) {
    const observed = await observe(expected);
    before = remember(before, observed);
    const evidence: Evidence = { expected, observed, before, line, provenance };
    const findings = compare(evidence);
    const inMotion = settling(expected, observed, before);
    const done = findings.length === 0 || (count > 1 && !inMotion) || performance.now() > deadline;
    if (done) return { findings, held: heldServices(evidence) };
    await sleep(pauseMs);
  }
}

function remember(before: Before | undefined, { containers }: Observed): Before {
  const unhealthy = containers
    .filter(({ State }) => State.Health?.Status === "unhealthy")
    .map(({ Id }) => Id);
  return {
    restarts: new Map([
      ...containers.map(({ Id, RestartCount }) => [Id, RestartCount] as const),
      ...(before?.restarts ?? []),
    ]),
    unhealthy: new Set([...(before?.unhealthy ?? []), ...unhealthy]),
  };
}

/** Whether anything is on its way that is not known to be going round in circles. */
function settling({ services }: Expected, { containers, now }: Observed, { restarts }: Before): boolean {
  const own = services.map((service) => containerOf(service, containers));
  return [...own, ...containers].some(
    (container) =>
      container &&
      isSettling(container, now) &&
      container.RestartCount - (restarts.get(container.Id) ?? 0) < surelyLoops,
  );
}
