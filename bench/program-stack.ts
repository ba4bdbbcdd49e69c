import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { run } from "../cli/process";

/** A stack of one of the bench's own Pulumi programs, with a state of its own. */
export class ProgramStack {
  readonly name = `bench-${randomBytes(4).toString("hex")}`;
  private readonly folder = mkdtempSync(join(tmpdir(), `${this.name}-`));
  private readonly configFile = join(this.folder, `Pulumi.${this.name}.yaml`);
  private readonly environment: NodeJS.ProcessEnv = {
    PULUMI_BACKEND_URL: `file://${this.folder}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };

  private constructor(private readonly program: string) {}

  /** @param program the program's folder in bench/, which is its project's name as well. */
  static async create(
    program: string,
    config: (name: string) => Record<string, unknown>,
  ): Promise<ProgramStack> {
    const stack = new ProgramStack(program);
    const settings = Object.entries(config(stack.name)).map(
      ([key, value]) => [`${program}:${key}`, value] as const,
    );
    writeFileSync(stack.configFile, stringify({ config: Object.fromEntries(settings) }));
    writeFileSync(join(stack.folder, "Pulumi.yaml"), `name: ${program}\nruntime: nodejs\n`);
    // Beside its settings, as `stack init` knows no other place for them.
    await stack.run(stack.folder, ["stack", "init", stack.name, "--no-select"]);
    return stack;
  }

  /** Runs a Pulumi command that takes settings, for example `preview`; fails with Pulumi's words where it fails. */
  pulumi(...command: string[]): Promise<void> {
    const stack = ["--stack", this.name, "--config-file", this.configFile];
    return this.run(join(__dirname, this.program), [...command, ...stack]);
  }

  /** Takes what the stack has off the engine, and its state away. */
  async remove(): Promise<void> {
    await this.pulumi("destroy", "--yes", "--skip-preview");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(cwd: string, command: string[]): Promise<void> {
    const lines: string[] = [];
    const onLine = (line: string) => void lines.push(line);
    const code = await run("pulumi", [...command, "--non-interactive"], {
      cwd,
      env: this.environment,
      onLine,
    });
    if (code !== 0) throw new Error(`pulumi ${command[0]} failed:\n${lines.join("\n")}`);
  }
}
