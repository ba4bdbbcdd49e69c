import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandArguments, configFileArgs, type StackArguments, type Usage, UsageError } from "../arguments";
import { githubFromEnvironment } from "../github/api";
import { putComment } from "../github/comments";
import { driftIssue } from "../github/drift-issue";
import { keepIssue } from "../github/issues";
import { root } from "../paths";
import { comment, previewMarker } from "../preview/comment";
import { run as runCommand } from "../process";

/** What it takes. */
export const usage = {
  summary: "tells people on GitHub of previews and of drift, for workflows",
  words: "preview | drift",
  options: {
    number: ["N", "the pull request"],
    reports: ["FOLDER", "the stacks' reports"],
  },
} as const satisfies Usage;

/**
 * `npm run post`: what the workflows tell people on GitHub. `preview --number N --reports FOLDER` writes the one comment of
 * a pull request from the stacks' reports; `drift --stack NAME` looks for drift, keeps the stack's issue true, and ends
 * with the exit code of `npm run drift`.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  switch (given.words.join(" ")) {
    case "preview":
      return postPreview(needed(given.number, "number"), needed(given.reports, "reports"));
    case "drift":
      return postDrift(given);
    default:
      throw new UsageError(`"${given.words.join(" ")}" can't be posted; there are: preview, drift.`);
  }
}

async function postPreview(number: string, folder: string): Promise<number> {
  if (!/^[1-9][0-9]*$/.test(number))
    throw new UsageError(`--number: "${number}" is not a pull request's number.`);
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  const reports = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
  const failedFirst = [...reports].sort((one, other) => Number(passes(one)) - Number(passes(other)));
  await putComment(githubFromEnvironment(), Number(number), previewMarker, comment(failedFirst, thisRun()));
  return 0;
}

async function postDrift(given: StackArguments): Promise<number> {
  const lines: string[] = [];
  const command = [join(root, "cli", "start.mjs"), "drift", "--stack", given.stack, ...configFileArgs(given)];
  const code = await runCommand(process.execPath, command, { cwd: root, onLine: (line) => lines.push(line) });
  const text = lines.join("\n");
  console.log(text);
  const issue = driftIssue(given.stack, code, text, thisRun());
  if (issue) await keepIssue(githubFromEnvironment(), issue);
  return code;
}

function passes(report: string): boolean {
  return !report.startsWith("## ❌");
}

/** Where the workflow's run can be looked at. Source: GitHub's documentation of a workflow's variables. */
function thisRun({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env): string {
  return `${GITHUB_SERVER_URL ?? "https://github.com"}/${GITHUB_REPOSITORY ?? ""}/actions/runs/${GITHUB_RUN_ID ?? ""}`;
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`--${option} is needed.`);
  return value;
}
