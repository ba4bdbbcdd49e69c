import { styled, type Style, table } from "../operate/style";
import type { Finding, Scan } from "./findings";
import { isAtLeast, type Level, levels } from "./severity";

/** What a scan fails for. */
export interface Threshold {
  level: Level;
  /** Only what a release fixes. */
  onlyFixed: boolean;
}

const styles: Record<Level, Style> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "dim",
  unknown: "dim",
};

/** The findings that a scan fails for. */
export function counted(findings: readonly Finding[], { level, onlyFixed }: Threshold): Finding[] {
  return findings.filter(
    (found) => !found.ignored && isAtLeast(found.level, level) && (!onlyFixed || found.fixedIn.length > 0),
  );
}

/** What a scan found, as people read it: a table for each image of what it fails for, and how much else there is. */
export function scanText({ findings, images }: Scan, threshold: Threshold): string[] {
  return images.flatMap(({ image, asked, unknown }) => {
    const own = findings.filter((found) => found.image === image);
    const grave = counted(own, threshold).sort(byLevel);
    const ignored = own.filter((found) => found.ignored);
    const others = own.length - grave.length - ignored.length;
    const line = [
      `${asked} packages looked up`,
      ...(unknown > 0 ? [`${unknown} of kinds that OSV does not know`] : []),
      grave.length === 0 ? styled("green", "nothing found") : `${grave.length} found`,
      ...(others > 0
        ? [`${others} that ${threshold.onlyFixed ? "have no fix or " : ""}are less than ${threshold.level}`]
        : []),
    ].join(", ");
    return [
      `${image}: ${line}`,
      ...(grave.length === 0
        ? []
        : table([["SEVERITY", "PACKAGE", "VERSION", "ADVISORY", "FIXED IN"], ...grave.map(row)])),
      ...ignored.map(ignoredLine),
      ...grave.flatMap(expiredLine),
    ];
  });
}

function row({
  level,
  package: { name, ecosystem, version },
  advisory,
  otherNames,
  fixedIn,
}: Finding): string[] {
  const cve = otherNames.find((name) => name.startsWith("CVE-"));
  return [
    styled(styles[level], level),
    `${name} (${ecosystem})`,
    version,
    cve === undefined || advisory.endsWith(cve) ? advisory : `${advisory}, ${cve}`,
    fixedIn.join(", ") || "-",
  ];
}

function ignoredLine({ advisory, package: { name }, ignored }: Finding): string {
  return `  ${styled("dim", `ignored until ${ignored?.until}: ${advisory} in ${name}: ${ignored?.reason}`)}`;
}

function expiredLine({ advisory, package: { name }, expired }: Finding): string[] {
  if (!expired) return [];
  const mend = "mend it, or look at its reason again in cli/scan/ignored.ts";
  return [`  ${advisory} in ${name} was ignored until ${expired.until}: ${mend}`];
}

function byLevel(one: Finding, other: Finding): number {
  return (
    levels.indexOf(other.level) - levels.indexOf(one.level) ||
    one.package.name.localeCompare(other.package.name)
  );
}
