import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { run } from "../../cli/process";
import { writeProject } from "../../export/compose/folder";
import type { ComposeProject } from "../../export/compose/project";
import { peerFolder } from "./programs";
import { terraformProgram } from "./terraform-program";

/** Terraform with a program that is made from an exported stack, in a folder of its own. */
export class TerraformPeer {
  private constructor(private readonly folder: string) {}

  /** @param provider the file of Terraform's Docker provider. */
  static async create(provider: string, project: ComposeProject): Promise<TerraformPeer> {
    const peer = new TerraformPeer(peerFolder("terraform"));
    const file = (...name: string[]) => join(peer.folder, ...name);
    await writeProject(peer.folder, project);
    const variables = new Map(
      Object.entries(parseEnv(readFileSync(file(".env"), "utf8")) as Record<string, string>),
    );
    const program = terraformProgram(project.compose, { folder: peer.folder, variables });
    writeFileSync(file("main.tf.json"), JSON.stringify(program, null, 2), { mode: 0o600 });
    symlinkSync(provider, file("terraform-provider-docker"));
    const overrides = `dev_overrides {\n "kreuzwerker/docker" = "${peer.folder}"\n }\n direct {}`;
    writeFileSync(file("terraform.rc"), `provider_installation {\n ${overrides}\n}\n`);
    return peer;
  }

  /** Brings the cluster to what the program says. */
  up(): Promise<void> {
    return this.run("apply", "-auto-approve");
  }

  async remove(): Promise<void> {
    await this.run("destroy", "-auto-approve");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(...args: string[]): Promise<void> {
    const lines: string[] = [];
    const options = {
      cwd: this.folder,
      env: { TF_CLI_CONFIG_FILE: join(this.folder, "terraform.rc"), TF_IN_AUTOMATION: "1" },
    };
    const code = await run("terraform", [...args, "-no-color", "-input=false"], {
      ...options,
      onLine: (line) => lines.push(line),
    });
    if (code !== 0) throw new Error(`terraform ${args[0]} failed:\n${lines.slice(-40).join("\n")}`);
  }
}
