import { generatedFiles } from "../generate";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths";
import { Progress } from "../setup/progress";
import { run as runCommand } from "../process";

/** What is checked without running anything of the project: format, lint, types, shell scripts' syntax. */
const checks: [name: string, command: string[]][] = [
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
  ["lint", ["eslint", "--max-warnings", "0", "."]],
  ["types", ["tsc", "--noEmit", "--project", "."]],
];

/** `npm run check`: formatter, linter, type check, and whether the generated files are up to date. */
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
  for (const [file, content] of generatedFiles()) {
    if (readIfThere(file) === content) continue;
    console.error(`  generated: ${file} is out of date; run: npm run generate`);
    failed.push(file);
  }
  if (failed.length > 0)
    console.error(`Not clean: ${failed.join(", ")}. \`npm run format\` mends format and some lint.`);
  return failed.length === 0 ? 0 : 1;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}
