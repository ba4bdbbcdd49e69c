import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "./cache";
import { dependencyClosure, type LockedPackages } from "./closure";
import { pythonName } from "./packages/package";
import { type Download, type Recipe, recipeOf, standsOn } from "./recipe";

/** A package that somebody else made and that is in an image, as its registry knows it. */
export interface Part {
  registry: "npm" | "pypi" | "maven" | "golang";
  name: string;
  version: string;
  /** Those that the project's locks have, in hex, whichever way a lock writes them. */
  checksums: { algorithm: "SHA-256" | "SHA-512"; hex: string }[];
}

/**
 * What an image is made of, by the locks of its recipe and of those that it stands on. This project's sources, Debian's packages
 * and what Go programs are built of are not in them.
 */
export function partsOf(image: string): Part[] {
  const recipe = recipeOf(image);
  const below = Object.values(standsOn(recipe)).flatMap(partsOf);
  return distinct([...below, ...bundled(recipe), ...(recipe.downloads ?? []).flatMap(downloaded)]);
}

/** Each part once, in order; of equal ones the last. */
export function distinct(parts: readonly Part[]): Part[] {
  const byName = new Map(parts.map((part) => [`${part.registry} ${part.name} ${part.version}`, part]));
  return [...byName.keys()].sort().flatMap((key) => byName.get(key) ?? []);
}

function bundled({ bundle }: Recipe): Part[] {
  if (!bundle) return [];
  return Object.entries(dependencyClosure(bundle.manifest)).map(([place, locked]) => {
    const [version = "", integrity = ""] = locked.split(" ");
    return npmPart(nameAt(place), version, integrity);
  });
}

function downloaded(download: Download): Part[] {
  switch (download.kind) {
    case "npm":
    case "npm-programs":
      return [npmPart(download.package, download.version, download.integrity)];
    case "maven": {
      const [group = "", artifact = "", version = ""] = download.artifact.split(":");
      const checksums = [{ algorithm: "SHA-256" as const, hex: download.sha256 }];
      return [{ registry: "maven", name: `${group}/${artifact}`, version, checksums }];
    }
    case "npm-tree": {
      const { packages } = JSON.parse(read(download.lock)) as { packages: LockedPackages };
      return Object.entries(packages).flatMap(([place, { version, integrity = "" }]) =>
        place === "" || version === undefined ? [] : [npmPart(nameAt(place), version, integrity)],
      );
    }
    case "wheels":
    case "wheel-programs":
      return wheels(read(download.requirements));
    case "go":
      return []; // the program itself tells, and go.mod also names what only tests need
    case "module-files":
      return modules(download.module, Object.keys(download.folders));
    case "browser":
      return modules(download.module, [download.from]);
  }
}

function npmPart(name: string, version: string, integrity: string): Part {
  const [, base64] = /^sha512-(.+)$/.exec(integrity) ?? [];
  const hex = base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
  return {
    registry: "npm",
    name,
    version,
    checksums: hex === undefined ? [] : [{ algorithm: "SHA-512", hex }],
  };
}

/** The name of a package by where npm installs it. */
function nameAt(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** The packages of a requirements file with hashes: of each wheel one, whichever machine it is for. */
function wheels(requirements: string): Part[] {
  return [...requirements.matchAll(/^([a-z0-9-]+)==(\S+)((?: \\\n\s+--hash=sha256:[0-9a-f]+)*)/gim)].map(
    ([, name = "", version = "", hashes = ""]) => ({
      registry: "pypi",
      name: pythonName(name),
      version,
      checksums: [...hashes.matchAll(/sha256:([0-9a-f]+)/g)].map(([, hex = ""]) => ({
        algorithm: "SHA-256",
        hex,
      })),
    }),
  );
}

/** Modules of those that the project's module in a folder requires. */
function modules(folder: string, names: readonly string[]): Part[] {
  const required = read(path.join(folder, "go.mod")).matchAll(/^(?:require)?\s+(\S+\.\S+) (v\S+)/gm);
  return [...required].flatMap(([, name = "", version = ""]): Part[] =>
    names.includes(name) ? [{ registry: "golang", name, version, checksums: [] }] : [],
  );
}

function read(file: string): string {
  return fs.readFileSync(path.join(projectRoot, file), "utf8");
}
