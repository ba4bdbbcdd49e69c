import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { command } from "../command";
import { pythonName } from "../packages/package";
import type { FetchContext } from "./types";
import { imagePython } from "./wheels";

/** What pip's report says of a package that it would install, as far as a lock needs it. */
interface Installed {
  metadata: { name: string; version: string };
  download_info: { archive_info: { hashes: { sha256: string } } };
}

const architectures = ["amd64", "arm64"];

/**
 * Finds out which wheels a package needs on the images' Python, on each machine that images are made for.
 * @returns requirements with hashes, as pip reads them.
 * @throws where the index has no wheels for the engine's machine.
 */
export async function lockWheels(
  requirement: string,
  context: Pick<FetchContext, "scratch" | "logFile" | "architecture">,
): Promise<string> {
  const hashes = new Map<string, Set<string>>();
  for (const architecture of architectures) {
    const installed = await resolve(requirement, architecture, context).catch((error: unknown) => {
      if (architecture === context.architecture) throw error;
      return []; // another machine's wheels may not be there
    });
    for (const { metadata, download_info: from } of installed) {
      const pinned = `${pythonName(metadata.name)}==${metadata.version}`;
      const known = hashes.get(pinned) ?? new Set();
      hashes.set(pinned, known.add(from.archive_info.hashes.sha256));
    }
  }
  const entries = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = entries.map(([pinned, known]) =>
    [pinned, ...[...known].sort().map((hash) => `    --hash=sha256:${hash}`)].join(" \\\n"),
  );
  return [`# What ${requirement} needs: CPython 3.11, Linux.`, ...lines, ""].join("\n");
}

async function resolve(
  requirement: string,
  architecture: string,
  { scratch, logFile }: Pick<FetchContext, "scratch" | "logFile">,
): Promise<Installed[]> {
  const report = path.join(scratch, `${architecture}.json`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const plan = ["--dry-run", "--ignore-installed", "--only-binary=:all:", "--report", report];
  const machine = [...imagePython(architecture), "--target", path.join(scratch, "nowhere")];
  await command(python(), [...pip, ...plan, ...machine, requirement], { cwd: scratch, logFile });
  return (JSON.parse(fs.readFileSync(report, "utf8")) as { install: Installed[] }).install;
}

/**
 * A Python of this machine whose pip can plan for another one.
 * @throws where there is none.
 */
function python(): string {
  const found = ["python3.11", "python3"].find((name) => {
    try {
      execFileSync(name, ["-m", "pip", "--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(
    "locking a package of PyPI takes a Python with pip, and there is none on the PATH: install one (on Debian " +
      "`apt-get install python3-pip`), or take the lock from a machine that has it",
  );
}
