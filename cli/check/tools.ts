import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, root } from "../paths";
import { outputOf, run } from "../process";

/** What a check found, a line each, or why it could not be made. */
export type Found = { faults: string[] } | { skipped: string };

/** What the tools know from the last time, apart for each checkout. */
const known = join(cacheFolder, "checked", createHash("sha256").update(root).digest("hex").slice(0, 16));

/** Prettier knows each file's content that it found well formatted. */
export const formatFaults = () =>
  faultsOf("prettier", [
    ...["--check", "--log-level", "warn", "."],
    ...["--cache", "--cache-strategy", "content", "--cache-location", join(known, "format.json")],
  ]);

/** The compiler knows each file's content and what its types depend on. */
export const typeFaults = () =>
  faultsOf("tsc", [
    "--noEmit",
    "--project",
    ".",
    "--incremental",
    "--tsBuildInfoFile",
    join(known, "types.json"),
  ]);

/**
 * ESLint's own cache looks at a file alone, while its rules look at types, which are other files' as well. So it is done
 * without only where nothing at all has changed.
 */
export async function lintFaults(): Promise<Found> {
  const content = await contentOf(/\.([cm]?[jt]s|json)$/);
  const clean = join(known, "lint.sha256");
  if (content && existsSync(clean) && readFileSync(clean, "utf8") === content) return { faults: [] };
  const found = await faultsOf("eslint", ["--max-warnings", "0", "."]);
  if (content && found.faults.length === 0) await writeFile(clean, content);
  return found;
}

async function faultsOf(tool: string, args: string[]): Promise<{ faults: string[] }> {
  await mkdir(known, { recursive: true });
  const lines: string[] = [];
  const code = await run(join(root, "node_modules", ".bin", tool), args, {
    cwd: root,
    onLine: (line) => lines.push(line),
  });
  return { faults: code === 0 ? [] : [`${tool} ended with ${code}.`, ...lines] };
}

/** A checksum of the project's files with such names, and of their names; undefined where git can't tell which they are. */
async function contentOf(names: RegExp): Promise<string | undefined> {
  const listed = await outputOf("git", [
    "-C",
    root,
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ]);
  const files = listed?.split("\0").filter((file) => names.test(file) && existsSync(join(root, file)));
  if (!files) return undefined;
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}
