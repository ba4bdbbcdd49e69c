import { begin, progressOf } from "../../progress";
import { knownFaults } from "../check/advisories";
import { type Found, formatFaults, lintFaults, typeFaults } from "../check/tools";
import { workflowFaults } from "../check/workflows";
import { generatedFiles } from "../generate";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths";
import { stackNames } from "../stack-file";
import { commandArguments, type Usage } from "../arguments";

/** What it takes. */
export const usage = {
  summary: "checks format, lint, types, policies, workflows and generated files",
  ofStack: false,
} as const satisfies Usage;

/**
 * `npm run check`: formatter, linter, type check, whether every stack keeps to its policies, what is known against the packages,
 * and whether the generated files are up to date.
 */
export async function run(args: string[]): Promise<number> {
  commandArguments(args, usage);
  const checks: [name: string, look: () => Promise<Found>][] = [
    ["format", formatFaults],
    ["types", typeFaults],
    ["policies", policyFaults],
    ["workflows", workflowFaults],
    ["advisories", knownFaults],
  ];
  // The linter takes as long as all others together.
  const linted = checked("lint", lintFaults);
  const failed: string[] = [];
  for (const [name, look] of checks) if (!(await checked(name, look))) failed.push(name);
  if (!(await linted)) failed.push("lint");
  for (const [file, content] of generatedFiles()) {
    if (readIfThere(file) === content) continue;
    console.error(`  generated: ${file} is out of date; run: npm run generate`);
    failed.push(file);
  }
  if (failed.length > 0)
    console.error(`Not clean: ${failed.join(", ")}. \`npm run format\` mends format and some lint.`);
  return failed.length === 0 ? 0 : 1;
}

/** The mandatory rules that a stack breaks, with images from either source; says which it breaks that are advice. */
async function policyFaults(): Promise<Found> {
  const { stackPolicyReport } = await import("../policies"); // Pulumi's SDK takes a second to load
  const reports = [];
  for (const stack of stackNames())
    for (const source of ["registry", "build"] as const)
      reports.push(await stackPolicyReport({ stack }, source));
  const advised = new Set(reports.flatMap(({ advised }) => advised));
  for (const line of advised) console.error(`  policies: advised: ${line}`);
  return { faults: [...new Set(reports.flatMap(({ refused }) => refused))] };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}

/** Whether a check found nothing; says what it found, or why it could not be made here. */
async function checked(name: string, look: () => Promise<Found>): Promise<boolean> {
  const log = progressOf("Check");
  const step = begin(log, name);
  const found = await look();
  if ("skipped" in found) step.done(`not checked: ${found.skipped}`);
  else if (found.faults.length === 0) step.done("clean");
  else {
    step.failed();
    found.faults.forEach((fault) => console.error(fault));
  }
  return "skipped" in found || found.faults.length === 0;
}
