import { join } from "node:path";
import type { ImageSource } from "../../imaging";
import type { Topology } from "../../topology";
import { UsageError } from "../arguments";
import { root } from "../paths";
import { outputOf } from "../process";
import type { Allowance } from "./data-risk";

/** Where a line of work began that is not given another base: the first of these that there is. */
const usualBases = ["origin/HEAD", "origin/main", "main"];

/**
 * The commit that a change is compared with: the last one that it shares with the branch that it is for. Undefined outside
 * of git, or where there is no such branch.
 * @param base a branch or commit; default: `origin/$GITHUB_BASE_REF` in a pull request's workflow, else the main branch
 * @throws UsageError where the named one is not there
 */
export async function mergeBase(base?: string): Promise<string | undefined> {
  const target = process.env.GITHUB_BASE_REF;
  for (const candidate of base ? [base] : target ? [`origin/${target}`] : usualBases) {
    const found = await git("merge-base", candidate, "HEAD");
    if (found) return found.trim();
  }
  if (base === undefined) return undefined;
  throw new UsageError(
    `--base: git finds no commit that "${base}" and this branch share. Fetch it with its history: git fetch origin`,
  );
}

/** The topology of a stack as its golden file at a commit has it; undefined where the stack was not there. */
export async function topologyAt(
  commit: string,
  stack: string,
  source: ImageSource,
): Promise<Topology | undefined> {
  const names = [...(source === "build" ? [`${stack}.build`] : []), stack];
  for (const name of names) {
    const text = await git("show", `${commit}:test/golden/${name}.golden.json`);
    if (text) return JSON.parse(text) as Topology;
  }
  return undefined;
}

/** The files that differ between a commit and the work as it lies here. */
export async function filesChanged(commit: string): Promise<string[]> {
  const [tracked = "", untracked = ""] = await Promise.all([
    git("diff", "--name-only", "--no-renames", commit),
    git("ls-files", "--others", "--exclude-standard"),
  ]);
  return `${tracked}\n${untracked}`.split("\n").filter(Boolean);
}

/**
 * Whose data may go, by the commits since the base: a line `Allow-Data-Loss: STACK/VOLUME` at the end of a message. It is
 * reviewed with the change, and is of no use to any other.
 */
export async function allowancesSince(commit: string, stack: string): Promise<Allowance[]> {
  const trailers = "%(trailers:key=Allow-Data-Loss,valueonly,separator=%x1e)";
  const log = (await git("log", `--format=%h%x1f%s%x1f${trailers}`, `${commit}..HEAD`)) ?? "";
  return log.split("\n").flatMap((line) => {
    const [hash = "", subject = "", values = ""] = line.split("\x1f");
    return values
      .split("\x1e")
      .map((value) => value.trim())
      .filter((value) => value.startsWith(`${stack}/`))
      .map((value) => ({ volume: value.slice(stack.length + 1), by: `commit ${hash} (${subject})` }));
  });
}

/** A file of the project as it was at a commit. */
export function fileAt(commit: string, file: string): Promise<string | undefined> {
  return git("show", `${commit}:${join(file)}`);
}

function git(...args: string[]): Promise<string | undefined> {
  return outputOf("git", ["-C", root, ...args]);
}
