import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../cache";
import { command, hasProgram } from "../command";
import { runInContainer } from "./container";
import type { FetchContext } from "./types";

/** The manylinux levels that the C library of Debian 12 can load. */
const glibcLevels = ["2_17", "2_28", "2_34", "2_36"];
const machines: Record<string, string> = { amd64: "x86_64", arm64: "aarch64" };

/**
 * Fetches what a requirements file names with pip, the host's or one in a throwaway container. It finds its index by
 * its own configuration, and checks each file against the requirements' hashes.
 * @returns the folder that holds them.
 */
export async function fetchWheels(
  download: { requirements: string },
  context: FetchContext,
): Promise<string> {
  const folder = path.join(context.scratch, "wheels");
  fs.mkdirSync(folder);
  const requirements = path.join(projectRoot, download.requirements);
  const args = (target: string, file: string) => [
    ...["download", "--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check"],
    ...[
      "--progress-bar",
      "off",
      ...imagePython(context.architecture),
      "--dest",
      target,
      "--requirement",
      file,
    ],
  ];
  const pip = ["pip3", "pip"].find(hasProgram);
  if (pip) {
    await command(pip, args(folder, requirements), { cwd: context.scratch, logFile: context.logFile });
  } else {
    fs.copyFileSync(requirements, path.join(context.scratch, "requirements.txt"));
    fs.renameSync(path.join(context.scratch, "requirements.txt"), path.join(folder, ".requirements.txt"));
    const install =
      "command -v pip3 || { apt-get update && apt-get install -y --no-install-recommends python3-pip; }";
    await runInContainer(context, {
      script: `set -e\n${install}\n[ ! -f /host/ca.crt ] || export PIP_CERT=/host/ca.crt\npip3 ${args("/out", "/out/.requirements.txt").join(" ")}`,
      out: folder,
      userFiles: [".config/pip/pip.conf", ".pip/pip.conf"],
      variables: [
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_TRUSTED_HOST",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_RETRIES",
      ],
    });
    fs.rmSync(path.join(folder, ".requirements.txt"), { force: true });
  }
  return folder;
}

/** Wheels for the images' Python on the engine's machine, whatever Python runs pip here. */
export function imagePython(architecture: string): string[] {
  const machine = machines[architecture] ?? architecture;
  const platforms = [...glibcLevels.map((level) => `manylinux_${level}`), "manylinux2014"];
  return [
    ...["--python-version", "3.11", "--implementation", "cp"],
    ...platforms.flatMap((platform) => ["--platform", `${platform}_${machine}`]),
  ];
}
