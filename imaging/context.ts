import * as fs from "node:fs";
import * as path from "node:path";
import { bundle } from "./bundle";
import { projectRoot } from "./cache";
import { ensureDownload } from "./downloads";
import { buildLabel, imageLabel } from "./engine-image";
import type { FetchContext } from "./fetch/types";
import { type BuildFile, copyFiles, listFiles } from "./files";
import type { Recipe } from "./recipe";
import type { Log } from "./types";

/** Fetches what a recipe needs from package registries, all at once, and waits for all even if one fails. */
export async function fetchDownloads(
  recipe: Recipe,
  log: Log,
  context: Omit<FetchContext, "scratch">,
): Promise<BuildFile[]> {
  const downloads = recipe.downloads ?? [];
  const results = await Promise.allSettled(downloads.map((one) => ensureDownload(one, log, context)));
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Puts all that a Dockerfile uses, and the Dockerfile, into a folder. */
export async function fillContext(
  folder: string,
  recipe: Recipe & { dockerfile: string },
  downloads: BuildFile[],
  label: string,
): Promise<void> {
  fs.mkdirSync(folder, { recursive: true });
  copyFiles([...listFiles(recipe.files), ...downloads], folder);
  if (recipe.bundle) await bundle(recipe.bundle, recipe.files, folder);
  const dockerfile = fs.readFileSync(path.join(projectRoot, recipe.dockerfile), "utf8");
  fs.writeFileSync(path.join(folder, "Dockerfile"), labelStages(dockerfile, label));
}

/**
 * Labels every stage of a Dockerfile right at its start, so that all a build makes, even one cut short, can be told from
 * everybody else's and swept away. The label of a finished image, which the base has, is taken from them.
 */
export function labelStages(dockerfile: string, label: string): string {
  return dockerfile.replace(/^FROM .*$/gim, (from) => `${from}\nLABEL ${buildLabel}=${label} ${imageLabel}=`);
}
