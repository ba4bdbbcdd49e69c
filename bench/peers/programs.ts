import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../../cli/process";
import { cacheFolder } from "../../imaging/cache";
import { hasProgram } from "../../imaging/command";
import { ensureDownload } from "../../imaging/downloads";
import type { GoProgram } from "../../imaging/recipe";
import type { Log } from "../../imaging/types";

/** Docker Compose, where the user has none. */
const compose: GoProgram = {
  kind: "go",
  module: "bench/peers/go/compose",
  package: "github.com/docker/compose/v2/cmd",
  ldflags: "-X github.com/docker/compose/v2/internal.Version=v2.40.3",
  as: "docker-compose",
  seconds: 330,
};

/** Terraform's provider for Docker, the one that this project's own is built over. */
const terraformProvider: GoProgram = {
  kind: "go",
  module: "bench/peers/go/terraform",
  package: "github.com/terraform-providers/terraform-provider-docker",
  tags: ["no_compose"],
  as: "terraform-provider-docker",
  seconds: 200,
};

/** The command that is Docker Compose 2: the user's own, else one that is built; undefined where neither can be had. */
export async function composeCommand(log: Log): Promise<string[] | undefined> {
  const own = ["docker", "compose"];
  if (await outputOf("docker", ["compose", "version"])) return own;
  const program = await built(compose, log);
  return program === undefined ? undefined : [program];
}

/** The file that is Terraform's Docker provider; undefined where Terraform is missing, or Go to build it. */
export async function terraformDockerProvider(log: Log): Promise<string | undefined> {
  return hasProgram("terraform") ? built(terraformProvider, log) : undefined;
}

/** A program that Go builds for this machine, kept in the user's cache by what it is built from. */
async function built(program: GoProgram, log: Log): Promise<string | undefined> {
  if (process.platform !== "linux" || !hasProgram("go")) return undefined;
  const [file] = await ensureDownload(program, log, {
    logFile: join(cacheFolder("logs"), `${program.as}.log`),
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    toolImage: () => Promise.reject(new Error("Go builds on the host.")),
  });
  return file?.source;
}

/** A folder for a peer's files. */
export function peerFolder(peer: string): string {
  return mkdtempSync(join(tmpdir(), `bench-${peer}-`));
}
