import { isDeepStrictEqual } from "node:util";
import { type Evidence, finding, type Finding } from "../finding";
import { isReal, type PlannedResource } from "../program";
import type { RecordedResource } from "../record";
import { differsFromProgram } from "./provenance";

const container = "docker:index/container:Container";

/** What changes from update to update, and follows from other resources. */
const follows = new Set(["containerId", "imageId"]);

/** What the program ignores changes of; see components/volume.ts. */
const ignored: Record<string, readonly string[]> = {
  "docker:index/volume:Volume": ["labels", "driverOpts"],
};

/** Whether the state is whole, and says what the program of this checkout would say. */
export function state(evidence: Evidence): Finding[] {
  const { record, planned } = evidence.expected;
  const recorded = record.resources.filter(({ type }) => isReal(type));
  const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
  const byKey = new Map(recorded.map((resource) => [key(resource), resource]));
  const plannedKeys = new Set(planned.map(key));
  return [
    ...unfinished(evidence),
    ...planned.flatMap((resource) => {
      const known = byKey.get(key(resource));
      return known ? inputs(evidence, resource, known) : [presence(evidence, resource, "program")];
    }),
    ...recorded
      .filter((resource) => !plannedKeys.has(key(resource)))
      .map((resource) => presence(evidence, resource, "state")),
  ];
}

function unfinished(evidence: Evidence): Finding[] {
  const { pending } = evidence.expected.record;
  if (pending === 0) return [];
  const told = { kind: "state" as const, object: evidence.expected.stack, what: "unfinished operations" };
  return [
    finding(
      evidence,
      { ...told, expected: "none", found: String(pending) },
      { command: evidence.line("repair") },
    ),
  ];
}

function presence(
  evidence: Evidence,
  { type, name }: { type: string; name: string },
  who: "program" | "state",
) {
  const found = (by: typeof who) => (by === who ? "there" : "none");
  return differsFromProgram(
    evidence,
    { object: `${kindOf(type)} ${name}`, what: "presence" },
    { program: found("program"), state: found("state") },
    // The engine has what the state lost.
    who === "program" && onEngine(evidence, type, name) ? "state" : undefined,
  );
}

function onEngine({ expected, observed }: Evidence, type: string, name: string): boolean {
  if (type !== container) return false;
  return observed.containers.some(
    ({ Config }) =>
      Config.Labels?.["dev.mcp.environment"] === expected.environment &&
      Config.Labels?.["dev.mcp.service"] === name,
  );
}

/** Inputs other than a container's, which are compared with the engine as well; see settings.ts. */
function inputs(evidence: Evidence, planned: PlannedResource, recorded: RecordedResource): Finding[] {
  if (planned.type === container) return [];
  const skipped = ignored[planned.type] ?? [];
  const names = [...new Set([...Object.keys(planned.inputs), ...Object.keys(recorded.inputs)])];
  return names
    .filter((name) => !follows.has(name) && !skipped.includes(name))
    .filter((name) => !isDeepStrictEqual(planned.inputs[name], recorded.inputs[name]))
    .map((name) =>
      differsFromProgram(
        evidence,
        { object: `${kindOf(planned.type)} ${planned.name}`, what: name },
        { program: shown(name, planned.inputs[name]), state: shown(name, recorded.inputs[name]) },
      ),
    );
}

/** The last part of a type's token: `Volume`. */
function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

const longest = 80;

function shown(name: string, value: unknown): string {
  if (value === undefined) return "not set";
  if (/password/i.test(name)) return "(not shown)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
