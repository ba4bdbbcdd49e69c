import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder, withScratch } from "./cache";
import { fetchMaven } from "./fetch/maven";
import { fetchNpm } from "./fetch/npm";
import type { FetchContext } from "./fetch/types";
import { fetchWheels } from "./fetch/wheels";
import type { BuildFile } from "./files";
import { downloadIdentity } from "./key";
import { withLock } from "./lock";
import type { Download } from "./recipe";
import { step } from "./step";
import type { Log } from "./types";

/**
 * Brings a recipe's download into the cache, if it is not there, and lists its files for the build. What it is, is
 * checked when it is fetched; its name in the cache stands for its content.
 */
export async function ensureDownload(
  download: Download,
  log: Log,
  context: Omit<FetchContext, "scratch">,
): Promise<BuildFile[]> {
  const forMachine = download.kind === "wheels" ? context.architecture : "";
  const identity = `${downloadIdentity(download)} ${forMachine}`;
  const name = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  const kept = path.join(cacheFolder("downloads"), `${name}-${path.basename(download.as)}`);
  if (!fs.existsSync(kept)) {
    await withLock(`download-${name}`, log, async () => {
      if (fs.existsSync(kept)) return;
      await step(log, `fetching ${titleOf(download)}`, download.kind === "maven" ? 45 : 15, () =>
        withScratch(async (scratch) => fs.renameSync(await fetch(download, { ...context, scratch }), kept)),
      );
    });
  }
  if (!fs.statSync(kept).isDirectory()) return [{ source: kept, name: download.as, executable: false }];
  return fs.readdirSync(kept).map((file) => ({
    source: path.join(kept, file),
    name: path.posix.join(download.as, file),
    executable: false,
  }));
}

function fetch(download: Download, context: FetchContext): Promise<string> {
  switch (download.kind) {
    case "npm":
      return fetchNpm(download, context);
    case "maven":
      return fetchMaven(download, context);
    case "wheels":
      return fetchWheels(download, context);
  }
}

function titleOf(download: Download): string {
  switch (download.kind) {
    case "npm":
      return `${download.package} ${download.version} from npm`;
    case "maven":
      return `${download.artifact} from Maven`;
    case "wheels":
      return `the wheels of ${download.requirements}`;
  }
}
