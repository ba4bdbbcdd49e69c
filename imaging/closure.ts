import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "./cache";

interface LockedPackage {
  version?: string;
  integrity?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

interface Manifest {
  dependencies?: Record<string, string>;
}

/** The packages of a project's lock file by where they are installed. */
export type LockedPackages = Record<string, LockedPackage>;

/** The packages of this project's lock file. */
export function lockedPackages(): LockedPackages {
  const text = fs.readFileSync(path.join(projectRoot, "package-lock.json"), "utf8");
  return (JSON.parse(text) as { packages: LockedPackages }).packages;
}

/**
 * What a service's dependencies resolve to, they and all that they need: by place, version and checksum. It is what of
 * the lock file decides the service's bytes; another part's new version leaves it as it is.
 * @throws where a dependency is not locked, or locked at another version than the manifest's.
 */
export function dependencyClosure(manifestFile: string, packages = lockedPackages()): Record<string, string> {
  const manifest = JSON.parse(fs.readFileSync(path.join(projectRoot, manifestFile), "utf8")) as Manifest;
  const found = new Map<string, string>();
  for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
    const locked = packages[`node_modules/${name}`];
    if (!locked)
      throw new Error(`${manifestFile} needs ${name}, which is not installed: add it to package.json`);
    if (locked.version !== version)
      throw new Error(
        `${manifestFile} needs ${name} ${version}, package-lock.json has ${locked.version ?? "none"}: make them the same`,
      );
    visit(name, "", packages, found);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function visit(name: string, from: string, packages: LockedPackages, found: Map<string, string>): void {
  const place = resolvePlace(name, from, packages);
  if (place === undefined || found.has(place)) return; // an optional or peer dependency that is not installed
  const locked = packages[place] ?? {};
  found.set(place, `${locked.version ?? ""} ${locked.integrity ?? ""}`);
  const needs = { ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies };
  for (const next of Object.keys(needs)) visit(next, place, packages, found);
}

/** Where Node finds a package from another's place: its own folder first, then each one further up. */
function resolvePlace(name: string, from: string, packages: LockedPackages): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === "") return undefined;
  }
}
