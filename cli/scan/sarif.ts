import { version } from "../../package.json";
import type { Finding } from "./findings";
import type { Level } from "./severity";

/** How SARIF and GitHub, which reads it, call levels. Source: SARIF 2.1.0, 3.27.10; GitHub's documentation of SARIF. */
const levels: Record<Level, { level: "error" | "warning" | "note"; score: string }> = {
  critical: { level: "error", score: "9.0" },
  high: { level: "error", score: "7.0" },
  medium: { level: "warning", score: "4.0" },
  low: { level: "note", score: "0.1" },
  unknown: { level: "note", score: "0.0" },
};

/** A scan's findings for other programs, in SARIF 2.1.0: all of them, also those that it does not fail for. */
export function sarif(findings: readonly Finding[]): string {
  const rules = new Map(findings.map((found) => [found.advisory, rule(found)]));
  return log({
    rules: [...rules.values()],
    results: findings.map(result),
    invocation: { executionSuccessful: true },
  });
}

/** The same of a scan that could not be made. */
export function sarifOfNone(why: string): string {
  const toolExecutionNotifications = [{ level: "error", message: { text: `not scanned: ${why}` } }];
  return log({
    rules: [],
    results: [],
    invocation: { executionSuccessful: false, toolExecutionNotifications },
  });
}

function log({
  rules,
  results,
  invocation,
}: {
  rules: object[];
  results: object[];
  invocation: object;
}): string {
  const driver = { name: "mcp-environments", version, rules };
  const document = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, invocations: [invocation], results }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function rule({ advisory, summary, level, otherNames }: Finding) {
  return {
    id: advisory,
    shortDescription: { text: summary || advisory },
    helpUri: `https://osv.dev/vulnerability/${encodeURIComponent(advisory)}`,
    properties: { "security-severity": levels[level].score, tags: ["security", ...otherNames] },
  };
}

function result({ image, package: { ecosystem, name, version: release }, ...found }: Finding) {
  const fixed = found.fixedIn.length > 0 ? `fixed in ${found.fixedIn.join(", ")}` : "no fixed release yet";
  return {
    ruleId: found.advisory,
    level: levels[found.level].level,
    message: {
      text: `${image}: ${name} ${release} (${ecosystem}): ${found.summary || found.advisory}; ${fixed}`,
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURIComponent(image) } },
        logicalLocations: [{ fullyQualifiedName: `${ecosystem}/${name}@${release}` }],
      },
    ],
    ...(found.ignored ? { suppressions: [{ kind: "external", justification: found.ignored.reason }] } : {}),
  };
}
