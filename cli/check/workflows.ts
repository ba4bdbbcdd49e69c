import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { contentKey } from "../content-key";
import { cacheFolder, root } from "../paths";
import { outputOf, run } from "../process";

/** The module that pins actionlint, with its checksums. */
const moduleFolder = join(root, "cli", "check", "actionlint");

/** What came of looking at the workflows: their faults, a line each, or why nobody could look. */
export type WorkflowFaults = { faults: string[] } | { skipped: string };

/**
 * Checks `.github/workflows/` with actionlint, which the host's Go builds once and the user's cache keeps. What other
 * linters the machine happens to have is left out: the same files are right or wrong everywhere.
 */
export async function workflowFaults(): Promise<WorkflowFaults> {
  const program = join(cacheFolder, "actionlint", contentKey(moduleFolder), "actionlint");
  if (!existsSync(program)) {
    if (!(await outputOf("go", ["version"])))
      return { skipped: "actionlint is built with Go, which is not here" };
    const failed = await build(program);
    if (failed.length > 0) return { faults: failed };
  }
  const lines: string[] = [];
  const code = await run(program, ["-no-color", "-shellcheck=", "-pyflakes="], {
    cwd: root,
    onLine: (line) => lines.push(line),
  });
  return { faults: code === 0 ? [] : lines };
}

/** Builds beside its place and moves it there, as two checks may run at once. Gives Go's words where it fails. */
async function build(program: string): Promise<string[]> {
  await mkdir(dirname(program), { recursive: true });
  const beside = `${program}.${process.pid}`;
  const lines: string[] = [];
  const code = await run("go", ["build", "-o", beside, "github.com/rhysd/actionlint/cmd/actionlint"], {
    cwd: moduleFolder,
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) return ["actionlint could not be built:", ...lines];
  await rename(beside, program);
  return [];
}
