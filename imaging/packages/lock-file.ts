import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../cache";
import { type HostedPackage, packageOf, plainName } from "./package";

/** Where locks are kept, from the project's root: one folder for each package and version, for git. */
const locksFolder = "images/locks";

const fileNames = { npm: "package-lock.json", pypi: "requirements.lock" } as const;

/** The file that names all that a package needs, each with its version and checksum; from the project's root. */
export function lockFileOf({ image, registry }: HostedPackage): string {
  return path.posix.join(locksFolder, plainName(image), fileNames[registry]);
}

/** Whether an image can be made with what is locked; those of recipes always can. */
export function isLocked(image: string): boolean {
  const hosted = packageOf(image);
  return !hosted || fs.existsSync(path.join(projectRoot, lockFileOf(hosted)));
}
