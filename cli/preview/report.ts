import { tellsOfSettings } from "../../config/errors";
import type { Risk } from "./data-risk";
import { longest, type Outage } from "./downtime";
import { type Change, type Plan, type Violation } from "./plan";

/** All that a preview tells of one stack. */
export interface Report {
  stack: string;
  /** What an update would do; undefined where the state could not be read. */
  plan: Plan | undefined;
  risks: Risk[];
  outages: Outage[];
  /** Lines of the topology's difference; undefined where there is nothing to compare with. */
  topology: string[] | undefined;
  /** What else a reader has to know, for example that the stack is new. */
  notes: string[];
}

/** Why a report fails the check, a sentence each; empty where it passes. */
export function failures({ plan, risks }: Report): string[] {
  const lost = risks.filter(({ allowedBy }) => !allowedBy);
  const broken = (plan?.violations ?? []).filter(isMandatory);
  return [
    ...(plan && plan.errors.length > 0
      ? [isRefused(plan) ? "An update would be refused." : "The preview itself failed."]
      : []),
    ...(lost.length > 0
      ? [`Data is at risk: ${[...new Set(lost.map(({ volume }) => volume))].join(", ")}.`]
      : []),
    ...(broken.length > 0 ? [`${count(broken.length, "policy violation")} that must be mended.`] : []),
  ];
}

function isRefused({ errors }: Plan): boolean {
  return errors.some(tellsOfSettings);
}

/** The report as Markdown: for a pull request's comment, and as it stands for a terminal. */
export function reportText(report: Report): string[] {
  const { stack, plan, risks, outages, topology, notes } = report;
  const failed = failures(report);
  return [
    `## ${failed.length > 0 ? "❌" : "✅"} ${stack}: ${summary(report)}`,
    "",
    ...failed.map((why) => `- **${why}**`),
    ...notes.map((note) => `- ${note}`),
    ...(failed.length + notes.length > 0 ? [""] : []),
    ...(plan && plan.errors.length > 0
      ? fenced(
          "text",
          plan.errors.flatMap((error) => error.split("\n")),
        )
      : []),
    ...(plan && plan.errors.length > 0 && risks.length === 0 ? [] : riskText(stack, risks)),
    ...changeText(plan?.changes ?? []),
    ...outageText(outages),
    ...violationText(plan?.violations ?? []),
    ...warningText(plan?.warnings ?? []),
    ...topologyText(topology),
  ];
}

/** The report on a stack whose settings can't be used: there is nothing to preview. */
export function refusedText(stack: string, message: string): string[] {
  return [`## ❌ ${stack}: its settings can't be used`, "", ...fenced("text", message.split("\n"))];
}

function summary({ plan, topology }: Report): string {
  if (!plan) return topology && topology.length > 0 ? "the topology changes" : "the topology stays as it is";
  const counts = (Object.keys(words) as Change["action"][]).flatMap((action) => {
    const number = plan.changes.filter((change) => change.action === action && !isGate(change)).length;
    return number > 0 ? [`${number} ${words[action]}`] : [];
  });
  return counts.join(", ") || (plan.errors.length > 0 ? "what changes is not known" : "nothing changes");
}

/** In the order in which a reviewer wants to see them. */
const words: Record<Change["action"], string> = {
  delete: "deleted",
  forget: "left behind",
  replace: "replaced",
  create: "made",
  change: "changed in place",
};

const nouns: Record<string, string> = {
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "random:index/randomPassword:RandomPassword": "password",
  "random:index/randomId:RandomId": "environment's name",
  "mcpdocker:index:Image": "image",
  "mcpdocker:index:ConfigVolume": "configuration",
  "mcpdocker:index:LiveConfig": "configuration, followed as it runs",
  "mcpdocker:index:DatabaseUser": "database user",
  "mcpdocker:index:Authority": "certificate authority",
  "mcpdocker:index:Certificate": "certificate",
};

/** A gate is no thing of its own: it is passed again when its container is new, or not healthy now. */
function isGate({ type }: Change): boolean {
  return type === "mcpdocker:index:Ready";
}

function changeText(changes: readonly Change[]): string[] {
  const rows = (Object.keys(words) as Change["action"][]).flatMap((action) =>
    changes
      .filter((change) => change.action === action && !isGate(change))
      .map(({ type, name, because }) => [
        words[action],
        nouns[type] ?? type,
        code(name),
        because.map(code).join(", "),
      ]),
  );
  const made = new Set(changes.filter(({ action }) => action !== "change").map(({ name }) => name));
  const asked = changes.filter(
    (change) => isGate(change) && change.action === "change" && !made.has(change.name),
  );
  return [
    ...(rows.length > 0 ? table(["What", "Of which kind", "Name", "Because of"], rows) : []),
    ...(asked.length > 0
      ? [
          `Not healthy on the engine that answered here, and waited for again: ${asked.map(({ name }) => code(name)).join(", ")}.`,
          "",
        ]
      : []),
  ];
}

function riskText(stack: string, risks: readonly Risk[]): string[] {
  if (risks.length === 0) return ["No data is at risk.", ""];
  const open = [...new Set(risks.filter(({ allowedBy }) => !allowedBy).map(({ volume }) => volume))];
  return [
    "### Data at risk",
    "",
    ...risks.map(({ volume, volumeName, what, allowedBy }) =>
      [
        `- ${allowedBy ? "⚠️" : "❌"} \`${volume}\` (\`${volumeName}\` on the engine) ${what}.`,
        ...(allowedBy ? [`Allowed by ${allowedBy}.`] : []),
      ].join(" "),
    ),
    "",
    ...(open.length > 0
      ? [
          "Keep the volume as it is, or say that its data may go, with a line in the message of a commit of this change:",
          "",
          ...fenced(
            "text",
            open.map((volume) => `Allow-Data-Loss: ${stack}/${volume}`),
          ),
        ]
      : []),
  ];
}

function outageText(outages: readonly Outage[]): string[] {
  if (outages.length === 0) return [];
  const { usual, most } = longest(outages);
  const rows = outages.map(({ service, usualSeconds, mostSeconds, dependents }) => [
    code(service),
    usualSeconds === null ? "for good" : `about ${usualSeconds} s`,
    mostSeconds === null ? "" : `${mostSeconds} s`,
    dependents.map(code).join(", "),
  ]);
  return [
    `### Down: about ${usual} s, at most ${most} s (estimate)`,
    "",
    ...table(["Service", "Down", "At most", "Without their database meanwhile"], rows),
    "Estimated from start periods, stop times and probes, and the order of the tiers.",
    "",
  ];
}

function violationText(violations: readonly Violation[]): string[] {
  if (violations.length === 0) return [];
  return [
    "### Policies",
    "",
    ...violations.map(
      (found) =>
        `- ${isMandatory(found) ? "❌" : "⚠️"} \`${found.policy}\`, ${code(found.resource)}: ${oneLine(found.message)}`,
    ),
    "",
  ];
}

function warningText(warnings: readonly string[]): string[] {
  return warnings.length > 0
    ? ["### Warnings", "", ...warnings.map((warning) => `- ${oneLine(warning)}`), ""]
    : [];
}

function topologyText(lines: readonly string[] | undefined): string[] {
  if (!lines || lines.length === 0) return [];
  return [
    `<details><summary>The topology: ${count(lines.length, "line")} differ</summary>`,
    "",
    ...fenced("diff", lines),
    "</details>",
    "",
  ];
}

function isMandatory({ level }: Violation): boolean {
  return level === "mandatory";
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line), ""];
}

/** A block of text that nothing within it can end. */
function fenced(language: string, lines: readonly string[]): string[] {
  const runs = lines.flatMap((line) => line.match(/`{3,}/g) ?? []);
  const fence = "`".repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return [`${fence}${language}`, ...lines, fence, ""];
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
