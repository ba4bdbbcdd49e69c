import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../cache";
import { command } from "../command";
import type { Download } from "../recipe";
import type { FetchContext } from "./types";

const processors: Record<string, string> = { amd64: "x64", arm64: "arm64" };

/**
 * Installs what a lock file names with the host's npm, for the images' Debian on the engine's machine. npm checks each
 * package against the lock's checksum, and none of their scripts is run.
 * @returns the folder that holds `node_modules`.
 */
export async function fetchNpmTree(
  download: Download & { kind: "npm-tree" },
  context: FetchContext,
): Promise<string> {
  const folder = npmProject(path.join(context.scratch, "npm"));
  const lock = fs.readFileSync(path.join(projectRoot, download.lock), "utf8");
  const { packages } = JSON.parse(lock) as { packages: { "": object } };
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(packages[""]));
  fs.writeFileSync(path.join(folder, "package-lock.json"), lock);
  const machine = ["--os=linux", "--libc=glibc", `--cpu=${processors[context.architecture] ?? "x64"}`];
  await command("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-bin-links", ...machine], {
    cwd: folder,
    logFile: context.logFile,
  });
  fs.rmSync(path.join(folder, ".npmrc"), { force: true });
  return folder;
}

/** Makes a folder in which npm finds its registry as it does for this project. */
export function npmProject(folder: string): string {
  fs.mkdirSync(folder);
  const settings = path.join(projectRoot, ".npmrc");
  if (fs.existsSync(settings)) fs.copyFileSync(settings, path.join(folder, ".npmrc"));
  return folder;
}
