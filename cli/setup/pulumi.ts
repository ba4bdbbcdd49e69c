import { appendFileSync, existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheFolder as folderInCache } from "../../imaging/cache";
import { checksumInSource, sourceVariable, takeFromSource } from "../../imaging/cache-source";
import { type Log, step } from "../../progress";
import { contentKey } from "../content-key";
import { cacheFolder, root } from "../paths";
import { outputOf, run } from "../process";
import { onPath } from "./on-path";
import { type Found, SetupError, type Step } from "./step";

/** The version that is downloaded or built; any other of this major from `oldest` on is taken as it is. */
const version = "3.256.0";
const oldest = [3, 200] as const;

const downloadFolder = join(cacheFolder, "pulumi", version);

/** Where the toolchain's programs are once they are built, by the content that they are built from. */
export function toolchainFolder(): string {
  return join(
    cacheFolder,
    "toolchain",
    `${process.platform}-${process.arch}-${contentKey(join(root, "toolchain"))}`,
  );
}

/** The folder to put first on the PATH, "" where the PATH is fine, or undefined where there is no Pulumi yet. */
export async function pulumiFolder(): Promise<string | undefined> {
  const own = [join(downloadFolder, "bin"), toolchainFolder()];
  const found = onPath("pulumi");
  if (found && (own.includes(dirname(found)) || (await isFit(found)))) return "";
  return own.find((folder) => existsSync(join(folder, "pulumi")));
}

/** What was found out about programs that others installed; each answer takes a fifth of a second. */
const asked = new Map<string, Promise<boolean>>();

function isFit(program: string): Promise<boolean> {
  const answer = asked.get(program) ?? outputOf(program, ["version"]).then(fits);
  asked.set(program, answer);
  return answer;
}

/** The Pulumi CLI: on the PATH, else the official download, else built from toolchain/. */
export const pulumiStep: Step = {
  name: "Pulumi",
  async check(): Promise<Found> {
    const folder = await pulumiFolder();
    if (folder !== undefined) return { there: folder === "" ? "on the PATH" : folder };
    if (await downloadable()) {
      return {
        will: `Download Pulumi ${version} into ${downloadFolder}`,
        takes: "about 30 s",
        apply: download,
      };
    }
    if (await checksumInSource("toolchain", basename(toolchainFolder()))) {
      return { will: `Take Pulumi ${version} from ${sourceVariable}`, takes: "about 30 s", apply: take };
    }
    if (!(await outputOf("go", ["version"]))) {
      throw new SetupError(
        `There is no Pulumi ${oldest.join(".")} or newer on the PATH, and its download can't be reached. ` +
          "Install Pulumi (https://www.pulumi.com/docs/install/), or Go to have it built from toolchain/.",
      );
    }
    return {
      will: `Pulumi's download can't be reached: build Pulumi ${version} and its providers into ${toolchainFolder()}`,
      takes: "about 6 minutes, once",
      apply: build,
    };
  },
};

function fits(text: string | undefined): boolean {
  const [major, minor] = (text ?? "").trim().replace(/^v/, "").split(".").map(Number);
  return major === oldest[0] && (minor ?? 0) >= oldest[1];
}

async function downloadable(): Promise<boolean> {
  try {
    const answer = await fetch("https://get.pulumi.com/", {
      method: "HEAD",
      signal: AbortSignal.timeout(5_000),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

async function download(log: Log): Promise<void> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation");
  const { SemVer } = await import("semver");
  await step(log, `downloading ${version}`, 30, async () => {
    await mkdir(downloadFolder, { recursive: true });
    await PulumiCommand.install({ root: downloadFolder, version: new SemVer(version) });
  });
}

async function take(log: Log): Promise<void> {
  await mkdir(dirname(toolchainFolder()), { recursive: true });
  const key = basename(toolchainFolder());
  await takeFromSource("toolchain", key, [key], log);
  await makeHome();
}

async function build(log: Log): Promise<void> {
  await step(log, `building ${version} and its providers`, 360, async ({ say, tail }) => {
    const logFile = join(folderInCache("logs"), "toolchain.log");
    await writeFile(logFile, "");
    const onLine = (line: string) => {
      appendFileSync(logFile, `${line}\n`);
      say(line.replace(/^toolchain: /, ""));
    };
    if ((await run(join(root, "toolchain", "build.sh"), [toolchainFolder()], { onLine })) !== 0)
      throw new SetupError(`The toolchain was not built:\n${tail()}\nAll it wrote: ${logFile}`);
  });
  await makeHome();
}

/** A home for Pulumi that has the toolchain's plugins. */
async function makeHome(): Promise<void> {
  const home = join(toolchainFolder(), "home");
  await mkdir(home, { recursive: true });
  await symlink(join("..", "plugins"), join(home, "plugins"));
}
