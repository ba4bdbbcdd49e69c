import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bases } from "../../../images/recipes/bases";
import { cacheFolder } from "../../../imaging/cache";
import { ensureDownload } from "../../../imaging/downloads";

/**
 * A Node 22 or newer: the one that runs this, or else the one that the images are made with.
 * @throws on machines that it is not made for.
 */
export async function node22(): Promise<string> {
  if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
  const download = bases.node.downloads.find(({ kind }) => kind === "npm");
  if (!download) throw new Error("The images' Node is no longer a package of npm's.");
  const folder = join(cacheFolder("downloads"), `node-${download.version}`);
  const program = join(folder, "package", "bin", "node");
  if (!existsSync(program)) {
    const [archive] = await ensureDownload(download, () => undefined, {
      logFile: join(cacheFolder("downloads"), "node.log"),
      architecture: "amd64",
      toolImage: () => Promise.reject(new Error("Node is unpacked as it is.")),
    });
    const scratch = mkdtempSync(`${folder}-`);
    execFileSync("tar", ["--extract", "--gzip", "--file", archive?.source ?? "", "--directory", scratch]);
    try {
      renameSync(scratch, folder);
    } catch {
      rmSync(scratch, { recursive: true }); // another test was quicker
    }
  }
  return program;
}
