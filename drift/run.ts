import type { EnvironmentArgs } from "../components/environment";
import { expectedOf } from "./expected";
import type { Finding, Provenance } from "./finding";
import { look, type Looked, type LookParts } from "./look";
import { plannedResources } from "./program";
import { stackRecord } from "./record";
import { CannotTell, type Difference, type DriftReport } from "./types";

/** What drift is found with: how the state is read is the caller's matter. */
export interface DriftParts extends EnvironmentArgs, Pick<LookParts, "line" | "settleSeconds"> {
  /** The stack's state as `pulumi stack export --show-secrets` gives it; throws CannotTell where it can't be had. */
  exportState: () => Promise<string>;
  /** Settings that are secret, opened, by their full keys. */
  secrets: Readonly<Record<string, string>>;
  provenance: Provenance;
  /** What is no difference, and worth knowing, a sentence each. */
  notes: () => Promise<string[]>;
  /** Mends a finding; left out where nothing is to be changed. */
  mend?: (finding: Finding) => Promise<void>;
}

/** How often all is begun anew because the state changed under the look. */
const longestTries = 3;

/** Finds what of a stack is not as it should be, and mends what can be where it is told how. */
export async function findDrift(parts: DriftParts): Promise<DriftReport> {
  const { mend } = parts;
  let looked = await settledLook(parts);
  const tried = new Map<string, Finding>();
  // What was mended may bring to light what it hid: a container that has its memory back may need a restart.
  for (let mendable; (mendable = mend ? untried(looked.findings, tried) : []).length > 0;) {
    for (const finding of inOrder(mendable)) {
      tried.set(finding.id, finding);
      await mend?.(finding);
    }
    looked = await settledLook(parts);
  }
  const left = new Set(looked.findings.map(({ id }) => id));
  return {
    stack: parts.topology.stack,
    checkedAt: new Date().toISOString(),
    drifted: looked.findings.length > 0,
    problem: null,
    differences: looked.findings.map(difference),
    held: looked.held,
    notes: await parts.notes(),
    mended: [...tried.values()].filter(({ id }) => !left.has(id)).map(difference),
  };
}

/** What can be mended and was not tried yet. */
function untried(findings: readonly Finding[], tried: ReadonlyMap<string, Finding>): Finding[] {
  return findings.filter(({ id, repair }) => repair && !tried.has(id));
}

/** The report of a look that could not be taken. */
export function untold(stack: string, problem: string): DriftReport {
  const checkedAt = new Date().toISOString();
  return { stack, checkedAt, drifted: null, problem, differences: [], held: [], notes: [], mended: [] };
}

/** A look during which no update changed the state. */
async function settledLook(parts: DriftParts): Promise<Looked> {
  const { topology, settings, imageSource, secrets } = parts;
  for (let tries = 1; tries <= longestTries; tries += 1) {
    const record = stackRecord(await parts.exportState());
    const planned = await plannedResources({ topology, settings, imageSource, secrets }, record.resources);
    const looked = await look({ ...parts, expected: expectedOf(record, planned, topology) });
    if (looked.findings.length === 0 || stackRecord(await parts.exportState()).version === record.version)
      return looked;
  }
  throw new CannotTell("The state changes all the time: an update is running. Look again when it has ended.");
}

/** All that a service needs before the service itself is started. */
const order = [
  ...["tag", "rename", "update", "network", "disconnect", "connect", "grant", "refill", "rebuild"],
  ...["unpause", "start", "restart"],
];

function inOrder(findings: readonly Finding[]): Finding[] {
  const place = ({ repair }: Finding) => order.indexOf(repair?.do ?? "");
  return findings.toSorted((one, other) => place(one) - place(other));
}

function difference({ repair: _repair, ...shown }: Finding): Difference {
  return shown;
}
