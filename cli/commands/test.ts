import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dearestFiles } from "../../test/run/dearest";
import { durationsFile, durationsOf } from "../../test/run/durations";
import { lastRun } from "../../test/run/record";
import { commandArguments, type Usage, UsageError } from "../arguments";
import { localFolder, root } from "../paths";
import { run as runCommand } from "../process";
import { setUp } from "../setup";
import { toolchainFolder } from "../setup/pulumi";
import { describeStack } from "../stack-file";
import { type Selection, selectionOf, type Suite, suites } from "../tests/selection";
import { run as check } from "./check";

/** In the order in which they are worth knowing the result of. */
const all = Object.keys(suites) as Suite[];

/** What it takes. */
export const usage = {
  summary: "checks and tests everything, or one suite, or what further words choose of it",
  words: "unit | services | engine [FILE, PART OR TEST …]",
  flags: { "keep-durations": "keeps how long each file took, in a green run of everything" },
  ofStack: false,
} as const satisfies Usage;

/**
 * `npm test`: set-up, then everything that is checked and tested; `npm test -- unit` (or `services`, `engine`) only that suite.
 * Further words choose files, parts or tests, for example `npm test -- engine registry`: see `selectionOf`.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const [first, ...words] = given.words;
  const chosen = all.find((suite) => suite === first);
  const isKept = given["keep-durations"];
  if (first && !chosen) throw new UsageError(`"${first}" is not a suite; there are ${all.join(", ")}.`);
  if (isKept && first) throw new UsageError(`--keep-durations is for a run of everything.`);
  const selection = selectionOf(words, chosen ? [chosen] : all);
  if (chosen === "unit") return jest(["unit"], selection);
  // The checks need no set-up and fill the core that a build leaves idle.
  const checked = chosen ? Promise.resolve(0) : check([]);
  const [code] = await Promise.all([checked, setUp({ stacks: [describeStack({ stack: "dev" })] })]);
  if (code !== 0) return code;
  // Where the toolchain was built, its own tests hold it against the official packages.
  if (existsSync(toolchainFolder())) process.env.MCP_TOOLCHAIN_BIN = toolchainFolder();
  const tested = await jest(chosen ? [chosen] : all, selection);
  if (isKept && tested === 0) await writeFile(durationsFile, durationsOf(lastRun().files));
  return tested;
}

/** Runs jest, and ends with the dearest files and the one line that says how many tests there were. */
async function jest(projects: readonly Suite[], { files, name }: Selection): Promise<number> {
  await mkdir(localFolder, { recursive: true });
  const results = join(localFolder, "test-results.json");
  rmSync(results, { force: true });
  const args = [
    ...["--selectProjects", ...projects],
    ...["--json", "--outputFile", results],
    ...(name === undefined ? [] : ["-t", name]),
    ...(files ? ["--runTestsByPath", ...files] : []),
  ];
  const command = join(root, "node_modules", ".bin", "jest");
  // The report for machines goes to the file; what jest prints on standard output besides is that report again.
  const code = await runCommand(command, args, { cwd: root });
  const totals = JSON.parse(readFileSync(results, "utf8")) as Record<
    "numPassedTests" | "numFailedTests" | "numPendingTests",
    number
  >;
  console.log(dearestFiles(lastRun()));
  console.log(
    `${totals.numPassedTests} passed, ${totals.numFailedTests} failed, ${totals.numPendingTests} skipped`,
  );
  return code;
}
