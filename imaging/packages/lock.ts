import * as fs from "node:fs";
import * as path from "node:path";
import { step } from "../../progress/run";
import { cacheFolder, projectRoot, withScratch } from "../cache";
import { command } from "../command";
import { engineArchitecture } from "../engine-image";
import { npmProject } from "../fetch/npm-tree";
import { lockWheels } from "../fetch/wheel-lock";
import type { Log } from "../types";
import { isLocked, lockFileOf } from "./lock-file";
import { type HostedPackage, packageOf, plainName } from "./package";

/**
 * Finds out what a hosted package needs, each with its version and checksum, and writes that into its lock. What is locked
 * already stays as it is: a lock is made anew after it was deleted.
 * @returns the lock's file from the project's root where one was made.
 * @throws where the registry does not have the package, or something that it needs for this image.
 */
export async function lockPackage(image: string, log: Log): Promise<string | undefined> {
  const hosted = packageOf(image);
  if (!hosted || isLocked(image)) return undefined;
  const logFile = path.join(cacheFolder("logs"), `lock-${plainName(image)}.log`);
  fs.writeFileSync(logFile, "");
  const file = lockFileOf(hosted);
  const text = await step(log, `locking what ${image} needs`, 10, () =>
    withScratch((scratch) => resolvers[hosted.registry](hosted, { scratch, logFile })),
  );
  const target = path.join(projectRoot, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  // Whole or not at all: what is there counts.
  fs.writeFileSync(`${target}.${process.pid}`, text);
  fs.renameSync(`${target}.${process.pid}`, target);
  return file;
}

/** Where a client of a registry works, and writes what it says. */
interface Place {
  scratch: string;
  logFile: string;
}

const resolvers: Record<HostedPackage["registry"], (hosted: HostedPackage, place: Place) => Promise<string>> =
  {
    async npm({ name, version }, { scratch, logFile }) {
      const folder = npmProject(path.join(scratch, "npm"));
      const manifest = { private: true, dependencies: { [name]: version } };
      fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
      const options = ["--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"];
      await command("npm", ["install", ...options], { cwd: folder, logFile });
      return fs.readFileSync(path.join(folder, "package-lock.json"), "utf8");
    },
    async pypi({ name, version }, place) {
      return lockWheels(`${name}==${version}`, { ...place, architecture: await engineArchitecture() });
    },
  };
