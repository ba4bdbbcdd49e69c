import { hostProgram } from "../../imaging/host-program";
import type { GoProgram } from "../../imaging/recipe";
import { root } from "../paths";
import { run } from "../process";

/** actionlint, at the version of its module. What PyPI has of it downloads the program as it is installed. */
export const actionlint: GoProgram = {
  kind: "go",
  module: "cli/check/actionlint",
  package: "github.com/rhysd/actionlint/cmd/actionlint",
  as: "actionlint",
  seconds: 10,
};

/** What came of looking at the workflows: their faults, a line each, or why nobody could look. */
export type WorkflowFaults = { faults: string[] } | { skipped: string };

/**
 * Checks `.github/workflows/` with actionlint, which the host's Go builds once and the user's cache keeps. What other
 * linters the machine happens to have is left out: the same files are right or wrong everywhere.
 */
export async function workflowFaults(): Promise<WorkflowFaults> {
  const program = await hostProgram(actionlint, () => undefined).catch((error: Error) => error);
  if (program === undefined) return { skipped: "actionlint is built with Go, which is not here" };
  if (program instanceof Error) return { faults: [program.message] };
  const lines: string[] = [];
  const code = await run(program, ["-no-color", "-shellcheck=", "-pyflakes="], {
    cwd: root,
    onLine: (line) => lines.push(line),
  });
  return { faults: code === 0 ? [] : lines };
}
