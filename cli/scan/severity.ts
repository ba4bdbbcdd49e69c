import { fromVector } from "ae-cvss-calculator";
import type { Advisory, Affected, Severity } from "./osv";
import type { OsvPackage } from "./packages";

/** How grave a fault is, from the least; `unknown` where nobody rated it. */
export const levels = ["unknown", "low", "medium", "high", "critical"] as const;
export type Level = (typeof levels)[number];

/** From which score on a fault is called so. Source: the specification of CVSS 3.1, "Qualitative Severity Rating Scale". */
const scale: readonly [from: number, level: Level][] = [
  [9, "critical"],
  [7, "high"],
  [4, "medium"],
  [0.1, "low"],
];

/** GitHub's words for levels, where they are others. */
const otherWords: Readonly<Record<string, Level>> = { moderate: "medium" };

/** Whether a level is as grave as another, or graver. */
export function isAtLeast(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least);
}

/** The gravest of some levels. */
export function gravest(all: readonly Level[]): Level {
  return levels.findLast((level) => all.includes(level)) ?? "unknown";
}

/** How grave an advisory is for a package by what it says itself: its publisher's judgement of that package goes first. */
export function levelOf(advisory: Advisory, named: OsvPackage): Level {
  const affected = affectedBy(advisory, named);
  // So Debian calls what does not concern the packages that it makes, whatever a score says.
  if (affected.some(({ ecosystem_specific: own }) => own?.urgency === "unimportant")) return "low";
  const word = advisory.database_specific?.severity?.toLowerCase() ?? "";
  const said = otherWords[word] ?? levels.find((level) => level === word);
  return said ?? rated([...affected.flatMap(({ severity = [] }) => severity), ...(advisory.severity ?? [])]);
}

/** The parts of an advisory that are about a package. */
export function affectedBy({ affected = [] }: Advisory, { ecosystem, name }: OsvPackage): Affected[] {
  return affected.filter(({ package: one }) => one?.ecosystem === ecosystem && one.name === name);
}

/** The score of a vector of any CVSS release, of 0 to 10; 0 where it is none. */
function scoreOf(vector: string): number {
  const parsed = fromVector(vector) as { calculateScores(): { overall?: number } } | null;
  return parsed?.calculateScores().overall ?? 0;
}

function rated(severity: readonly Severity[]): Level {
  const scores = severity.map(({ score }) => scoreOf(score));
  const highest = Math.max(0, ...scores);
  return scale.find(([from]) => highest >= from)?.[1] ?? "unknown";
}
