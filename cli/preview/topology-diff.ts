import { diffArrays } from "diff";
import type { Topology } from "../../topology";

/**
 * What differs between two topologies, a line for each value: its path, and what it is, behind `-` for the old one and `+`
 * for the new one. Things with a name are found by it, wherever they stand in their list.
 */
export function topologyDifference(before: Topology, after: Topology): string[] {
  return diffArrays(flatten(before), flatten(after)).flatMap(({ added, removed, value }) =>
    added || removed ? value.map((line) => `${added ? "+" : "-"} ${line}`) : [],
  );
}

/** One line for each value of plain data: `services.postgres-db.memoryMiB: 512`; of longer text, one for each line. */
function flatten(value: unknown, path: readonly string[] = []): string[] {
  const at = path.join(".");
  if (typeof value === "string" && value.includes("\n"))
    return value.split("\n").map((line) => `${at} | ${line}`);
  if (Array.isArray(value)) {
    if (!value.some(isObject)) return [`${at}: ${JSON.stringify(value)}`];
    return value.flatMap((item, index) => flatten(item, [...path, nameIn(item) ?? String(index)]));
  }
  if (!isObject(value)) return [`${at}: ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameIn(item: unknown): string | undefined {
  return isObject(item) && typeof item.name === "string" ? item.name : undefined;
}
