import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../arguments";
import { localFolder, root } from "../paths";
import { run as runCommand } from "../process";
import { setUp } from "../setup";
import { toolchainFolder } from "../setup/pulumi";
import { describeStack } from "../stack-file";
import { run as check } from "./check";

/** The jest projects, in the order in which they are worth knowing the result of. */
const suites = ["unit", "services", "engine"] as const;

/**
 * `npm test`: set-up, then everything that is checked and tested; `npm test -- unit` (or `services`, `engine`) only that suite.
 * Further words go to jest, for example `npm test -- engine registry`.
 */
export async function run([first, ...rest]: string[]): Promise<number> {
  const chosen = suites.find((suite) => suite === first);
  if (first && !chosen) throw new UsageError(`"${first}" is not a suite; there are ${suites.join(", ")}.`);
  if (chosen === "unit") return jest(["unit"], rest);
  // The checks need no set-up and fill the core that a build leaves idle.
  const checked = chosen ? Promise.resolve(0) : check();
  const [code] = await Promise.all([checked, setUp({ stacks: [describeStack({ stack: "dev" })] })]);
  if (code !== 0) return code;
  // Where the toolchain was built, its own tests hold it against the official packages.
  if (existsSync(toolchainFolder())) process.env.MCP_TOOLCHAIN_BIN = toolchainFolder();
  return jest(chosen ? [chosen] : [...suites], rest);
}

/** Runs jest, and ends with the one line that says how many tests there were. */
async function jest(projects: string[], words: string[]): Promise<number> {
  await mkdir(localFolder, { recursive: true });
  const results = join(localFolder, "test-results.json");
  rmSync(results, { force: true });
  const args = [
    "--selectProjects",
    ...projects,
    "--json",
    "--outputFile",
    results,
    ...words.flatMap((w) => ["-t", w]),
  ];
  const command = join(root, "node_modules", ".bin", "jest");
  // The report for machines goes to the file; what jest prints on standard output besides is that report again.
  const code = await runCommand(command, args, { cwd: root });
  const totals = JSON.parse(readFileSync(results, "utf8")) as Record<
    "numPassedTests" | "numFailedTests" | "numPendingTests",
    number
  >;
  console.log(
    `${totals.numPassedTests} passed, ${totals.numFailedTests} failed, ${totals.numPendingTests} skipped`,
  );
  return code;
}
