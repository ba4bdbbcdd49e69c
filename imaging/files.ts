import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "./cache";

/** A file of a build: where it is, its name in the build, and whether it is a program. */
export interface BuildFile {
  source: string;
  name: string;
  executable: boolean;
}

/** Parts of a service's folder that never go into an image. */
const leftOut = new Set(["node_modules", "test", "tests", "__pycache__", "dist", ".pytest_cache"]);

/**
 * The files that a recipe's entries stand for, folders with all that is below them, in a fixed order.
 * @throws where one is missing.
 */
export function listFiles(entries: Record<string, string>): BuildFile[] {
  return Object.entries(entries)
    .flatMap(([source, name]) => walk(path.join(projectRoot, source), name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Copies files into a build's folder, with modes that hang on no umask: a user of the image must be able to read them. */
export function copyFiles(files: BuildFile[], folder: string): void {
  for (const file of files) {
    const target = path.join(folder, file.name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(file.source, target);
    fs.chmodSync(target, file.executable ? 0o755 : 0o644);
  }
}

function walk(source: string, name: string): BuildFile[] {
  const status = fs.statSync(source, { throwIfNoEntry: false });
  if (!status) throw new Error(`a file of the image's recipe is missing: ${source}`);
  if (!status.isDirectory()) return [{ source, name, executable: (status.mode & 0o100) !== 0 }];
  return fs
    .readdirSync(source)
    .filter((entry) => !leftOut.has(entry))
    .flatMap((entry) => walk(path.join(source, entry), path.posix.join(name, entry)));
}
