import { knownFaults } from "../check/advisories";
import { workflowFaults } from "../check/workflows";
import { generatedFiles } from "../generate";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths";
import { stackNames } from "../stack-file";
import { Progress } from "../setup/progress";
import { run as runCommand } from "../process";

/** What is checked without running anything of the project: format, lint, types, shell scripts' syntax. */
const checks: [name: string, command: string[]][] = [
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
  ["lint", ["eslint", "--max-warnings", "0", "."]],
  ["types", ["tsc", "--noEmit", "--project", "."]],
];

/**
 * `npm run check`: formatter, linter, type check, whether every stack keeps to its policies, what is known against the packages,
 * and whether the generated files are up to date.
 */
export async function run(): Promise<number> {
  const failed: string[] = [];
  for (const [name, [command = "", ...args]] of checks) {
    const progress = new Progress(name);
    const lines: string[] = [];
    const code = await runCommand(join(root, "node_modules", ".bin", command), args, {
      cwd: root,
      onLine: (line) => lines.push(line),
    });
    progress.log(code === 0 ? "clean" : `failed\n${lines.join("\n")}`);
    if (code !== 0) failed.push(name);
  }
  if (!(await policiesHold())) failed.push("policies");
  if (!(await said("workflows", workflowFaults))) failed.push("workflows");
  if (!(await said("advisories", knownFaults))) failed.push("advisories");
  for (const [file, content] of generatedFiles()) {
    if (readIfThere(file) === content) continue;
    console.error(`  generated: ${file} is out of date; run: npm run generate`);
    failed.push(file);
  }
  if (failed.length > 0)
    console.error(`Not clean: ${failed.join(", ")}. \`npm run format\` mends format and some lint.`);
  return failed.length === 0 ? 0 : 1;
}

/** Whether no stack breaks a rule that is mandatory for it, with images from either source. */
async function policiesHold(): Promise<boolean> {
  const { stackPolicyReport } = await import("../policies"); // Pulumi's SDK takes a second to load
  const progress = new Progress("policies");
  const reports = [];
  for (const stack of stackNames())
    for (const source of ["registry", "build"] as const)
      reports.push(await stackPolicyReport({ stack }, source));
  const refused = new Set(reports.flatMap(({ refused }) => refused));
  const advised = new Set(reports.flatMap(({ advised }) => advised));
  progress.log(refused.size === 0 ? "clean" : ["failed", ...refused].join("\n"));
  for (const line of advised) console.error(`  policies: advised: ${line}`);
  return refused.size === 0;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}

/** Whether a check that can't be made everywhere found nothing; says why where it could not be made. */
async function said(
  name: string,
  look: () => Promise<{ faults: string[] } | { skipped: string }>,
): Promise<boolean> {
  const progress = new Progress(name);
  const found = await look();
  if ("skipped" in found) progress.log(`not checked: ${found.skipped}`);
  else progress.log(found.faults.length === 0 ? "clean" : ["failed", ...found.faults].join("\n"));
  return "skipped" in found || found.faults.length === 0;
}
