import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../cli/paths";
import { run as runCommand } from "../cli/process";
import type { Log } from "../imaging/types";

/** Tests that have a long form; where `name` is given, those alone whose names have these words. */
export interface LongTests {
  /** Jest's project that they are of; "engine" where nothing is said. */
  project?: "engine" | "services";
  files: readonly string[];
  name?: string;
}

/** How they are run. */
export interface SoakTests {
  runs: number;
  /** Of the first run; each further one has the next. */
  seed: number;
  log: Log;
}

/** What jest writes of a run, as far as it is read here. */
interface Report {
  numPassedTests: number;
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** Runs tests in their long form; gives a sentence for each run that failed, with its seed and the tests that did. */
export async function soakTests(tests: LongTests, { runs, seed, log }: SoakTests): Promise<string[]> {
  const failures: string[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const own = seed + run - 1;
    const wrong = await longRun(tests, own);
    log(`run ${run} of ${runs}, seed ${own}: ${wrong ?? "passed"}`);
    if (wrong) failures.push(`run ${run}, seed ${own}: ${wrong}`);
  }
  return failures;
}

/** What failed; undefined where nothing did. */
async function longRun(
  { project = "engine", files, name }: LongTests,
  seed: number,
): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "soak-"));
  const results = join(folder, "results.json");
  const args = [
    ...["--selectProjects", project, "--json", "--outputFile", results],
    ...(name === undefined ? [] : ["--testNamePattern", name]),
    ...["--runTestsByPath", ...files],
  ];
  try {
    const code = await runCommand(join(root, "node_modules", ".bin", "jest"), args, {
      cwd: root,
      env: { MCP_TESTS: "long", MCP_TESTS_SEED: String(seed) },
    });
    if (!existsSync(results)) return `jest ended with ${code}`;
    return failuresIn(JSON.parse(readFileSync(results, "utf8")) as Report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The names of tests that failed and of files that could not begin; or that none of the tests can be run here. */
export function failuresIn({ numPassedTests, testResults }: Report): string | undefined {
  const failed = testResults.flatMap(({ name, message, assertionResults }) => {
    const names = assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => fullName);
    return names.length === 0 && assertionResults.length === 0 && message !== "" ? [name] : names;
  });
  if (failed.length > 0) return failed.join("; ");
  return numPassedTests === 0 ? "none of the tests can be run here: they take root, on Linux" : undefined;
}
