import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../cache";
import { command } from "../command";
import type { FetchContext } from "./types";

/** A package of npm's, and the checksum that it has. */
interface NpmPackage {
  package: string;
  version: string;
  integrity: string;
}

/**
 * Fetches a package with the host's npm, which finds its registry by its own configuration.
 * @returns the package's archive.
 * @throws where its checksum is not the recipe's.
 */
export async function fetchNpm(download: NpmPackage, context: FetchContext): Promise<string> {
  const folder = path.join(context.scratch, "npm");
  fs.mkdirSync(folder);
  const spec = `${download.package}@${download.version}`;
  await command("npm", ["pack", spec, "--ignore-scripts", "--pack-destination", folder], {
    cwd: projectRoot,
    logFile: context.logFile,
  });
  const file = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  const integrity = `sha512-${createHash("sha512").update(fs.readFileSync(file)).digest("base64")}`;
  if (integrity !== download.integrity)
    throw new Error(
      `npm gave another ${spec} than the recipe names: ${integrity} instead of ${download.integrity}`,
    );
  return file;
}
