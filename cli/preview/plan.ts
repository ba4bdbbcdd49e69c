import { elsewhere } from "../../config/engine/elsewhere";

/** What an update would do to one resource. */
export type Action = "create" | "replace" | "change" | "delete" | "forget";

/** One resource that an update would touch. Names only: values can be secret, and are never kept. */
export interface Change {
  action: Action;
  /** Type token, for example `docker:index/container:Container`. */
  type: string;
  /** Name in the program, for example `postgres-db`. */
  name: string;
  /** What it is known by on the engine, where it is there already: a volume's name, a container's ID. */
  id?: string;
  /** The properties that are why, sorted. */
  because: string[];
  /** Place of its removal and of its making in the order of the update; absent where that does not happen. */
  removedAt?: number;
  madeAt?: number;
}

/** A policy that a resource does not keep to. */
export interface Violation {
  policy: string;
  /** `mandatory` fails the check. */
  level: string;
  resource: string;
  message: string;
}

/** What a preview found, in the order in which an update would go. */
export interface Plan {
  changes: Change[];
  violations: Violation[];
  /** What went wrong, in Pulumi's words. */
  errors: string[];
  warnings: string[];
}

/** An engine event, as far as it is read here. Source: Pulumi's apitype.EngineEvent. */
interface EngineEvent {
  resourcePreEvent?: { metadata: StepMetadata };
  policyEvent?: {
    resourceUrn?: string;
    message: string;
    policyName: string;
    policyPackName: string;
    enforcementLevel: string;
  };
  diagnosticEvent?: { message: string; severity: string };
}

interface StepMetadata {
  op: string;
  urn: string;
  type: string;
  old?: { id?: string; custom?: boolean; retainOnDelete?: boolean } | null;
  new?: { custom?: boolean } | null;
  keys?: string[] | null;
  diffs?: string[] | null;
}

/** The steps of Pulumi's engine that touch something; those of one replacement count as one. */
const actions: Record<string, Action> = {
  create: "create",
  import: "create",
  update: "change",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  delete: "delete",
};

const removes = new Set(["delete", "delete-replaced"]);
const makes = new Set(["create", "create-replacement"]);

/** Reads the engine's events of a preview, one JSON object a line. */
export function readPlan(lines: readonly string[]): Plan {
  const events = lines.flatMap(parseEvent);
  const diagnostics = events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []);
  const messages = (severity: string) =>
    diagnostics.filter((found) => found.severity === severity).map(({ message }) => plain(message));
  // Where the state holds nothing yet, whatever engine answers here is the one that an update would use.
  const isFirst = !events.some(({ resourcePreEvent }) => resourcePreEvent?.metadata.old);
  const warnings = messages("warning");
  const refusals = isFirst ? warnings.filter((text) => text.startsWith(elsewhere)) : [];
  return {
    changes: changesOf(events),
    violations: events.flatMap(({ policyEvent }) => (policyEvent ? [violation(policyEvent)] : [])),
    errors: [...messages("error"), ...refusals.map((text) => text.slice(elsewhere.length).trim())],
    warnings: warnings.filter((text) => !refusals.includes(text)),
  };
}

/** The last part of a URN: the resource's name in the program. */
export function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

function parseEvent(line: string): EngineEvent[] {
  try {
    return [JSON.parse(line) as EngineEvent];
  } catch {
    return []; // a line of some plugin's
  }
}

function changesOf(events: readonly EngineEvent[]): Change[] {
  const changes = new Map<string, Change>();
  events.forEach(({ resourcePreEvent }, place) => {
    const step = resourcePreEvent?.metadata;
    const action = step && actions[step.op];
    if (!action || !isReal(step)) return;
    const before = changes.get(step.urn);
    const because = new Set([...(before?.because ?? []), ...(step.keys ?? []), ...(step.diffs ?? [])]);
    changes.set(step.urn, {
      ...before,
      action: action === "delete" && step.old?.retainOnDelete ? "forget" : action,
      type: step.type,
      name: nameOf(step.urn),
      ...(step.old?.id ? { id: step.old.id } : {}),
      because: [...because].sort(),
      ...(removes.has(step.op) ? { removedAt: place } : {}),
      ...(makes.has(step.op) ? { madeAt: place } : {}),
    });
  });
  return [...changes.values()];
}

/** Components and providers are bookkeeping of Pulumi's: nothing of them is on the engine. */
function isReal({ type, old, new: wanted }: StepMetadata): boolean {
  return (wanted?.custom ?? old?.custom ?? false) && !type.startsWith("pulumi:");
}

function violation({
  resourceUrn = "",
  message,
  policyName,
  enforcementLevel,
}: NonNullable<EngineEvent["policyEvent"]>): Violation {
  return {
    policy: policyName,
    level: enforcementLevel,
    resource: nameOf(resourceUrn),
    message: plain(message),
  };
}

/** Without the colours that Pulumi marks as `<{%red%}>`. */
function plain(message: string): string {
  return message.replaceAll(/<\{%.*?%\}>/g, "").trim();
}
