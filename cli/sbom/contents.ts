import { type ImageFile, readImage } from "../../engine/image-files";
import { pythonName } from "../../imaging/packages/package";
import type { Part } from "../../imaging/parts";
import { type DebianPackage, type Distribution, distributionOf, installed } from "./debian";
import { goModules, isGoItself } from "./go-program";

/** What is seen in an image, whoever made it. */
export interface Contents {
  distribution: Distribution | undefined;
  debian: DebianPackage[];
  /**
   * Modules of Go programs, and packages of npm and Python, but for those that came in packages of Debian's: a package tells of
   * itself, and of a Go program's no more is missing than Go's own library, which no package of Debian's brings.
   */
  parts: Part[];
}

/** Go programs are larger than that, in bytes. */
const leastProgram = 1_000_000;

const osRelease = "usr/lib/os-release";
// Images without a package manager have a file of this kind for each package.
const dpkgStatus = /^var\/lib\/dpkg\/(status|status\.d\/[^.]+)$/;
const dpkgFiles = /^var\/lib\/dpkg\/info\/.+\.list$/;
const npmManifest = /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/;
const pythonMetadata = /\.dist-info\/METADATA$/;

/** Looks through an image's files, once. Nothing of the image is run. */
export async function contentsOf(imageId: string): Promise<Contents> {
  const status: string[] = [];
  const owned = new Set<string>();
  const found = new Map<string, Part[]>();
  let release = "";
  await readImage(imageId, isTelling, (path, content) => {
    if (path === osRelease) release = content.toString();
    else if (dpkgStatus.test(path)) status.push(content.toString());
    else if (dpkgFiles.test(path))
      content
        .toString()
        .split("\n")
        .forEach((line) => owned.add(place(line)));
    else if (npmManifest.test(path)) found.set(path, npmPackage(content.toString()));
    else if (pythonMetadata.test(path)) found.set(path, pythonPackage(content.toString()));
    else found.set(path, goModules(content));
  });
  return {
    distribution: distributionOf(release),
    debian: status.flatMap(installed),
    parts: [...found].flatMap(([path, parts]) => (owned.has(place(path)) ? parts.filter(isGoItself) : parts)),
  };
}

/** Whether a file tells what an image is made of. */
function isTelling({ path, size, executable }: ImageFile): boolean {
  const kinds = [dpkgStatus, dpkgFiles, npmManifest, pythonMetadata];
  return path === osRelease || kinds.some((kind) => kind.test(path)) || (executable && size > leastProgram);
}

/** A path as it can be compared: Debian's packages may name `/bin` what is in `/usr/bin`. */
function place(path: string): string {
  return path.replace(/^\//, "").replace(/^usr\/(?=(bin|sbin|lib)\/)/, "");
}

/** Source: npm's documentation of package.json. */
function npmPackage(manifest: string): Part[] {
  try {
    const { name, version } = JSON.parse(manifest) as { name?: unknown; version?: unknown };
    if (typeof name !== "string" || typeof version !== "string") return [];
    return [{ registry: "npm", name, version, checksums: [] }];
  } catch {
    return []; // a test's example of a broken one, say
  }
}

/** Source: the Python Packaging Authority's specification of core metadata. */
function pythonPackage(metadata: string): Part[] {
  const field = (name: string) => new RegExp(`^${name}: *(\\S+)`, "m").exec(metadata)?.[1];
  const [name, version] = [field("Name"), field("Version")];
  if (!name || !version) return [];
  return [{ registry: "pypi", name: pythonName(name), version, checksums: [] }];
}
