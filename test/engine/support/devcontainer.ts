import { spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { devcontainerFiles } from "../../../cli/generate/devcontainer";
import type { StdioServers } from "../../../cli/clients/servers";
import type { TestStack } from "./stack";

const root = join(__dirname, "..", "..", "..");
const cli = join(root, "node_modules", ".bin", "devcontainer");

/** What a command gave. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The parts of devcontainer.json that tests read. */
interface DevcontainerConfig {
  workspaceFolder: string;
  customizations: { vscode: { mcp: { servers: StdioServers } } };
}

/**
 * A folder that a developer opens, with the file that is generated for a stack's devcontainer, and the real devcontainer
 * CLI, which does what editors do. The folder is somebody's who is not root, as a developer's is.
 */
export class OpenedFolder {
  readonly path = mkdtempSync(join(tmpdir(), "workspace-"));
  readonly owner = process.getuid?.() === 0 ? 4321 : (process.getuid?.() ?? 0);
  config?: DevcontainerConfig;
  private file = "";

  constructor(private readonly stack: TestStack) {
    if (process.getuid?.() === 0) chownSync(this.path, this.owner, this.owner);
  }

  /** Writes what a checkout has. `npm run …` in it is this checkout's, or another command in its place. */
  fill(up = `node ${join(root, "cli", "start.mjs")} up`): void {
    this.write("package.json", JSON.stringify({ scripts: { up } }));
    const stack = { stack: this.stack.name, configFile: this.stack.configFile };
    const [[file, text] = ["", ""]] = devcontainerFiles(stack);
    this.write(file, text);
    this.file = join(this.path, file);
    this.config = JSON.parse(text.replace(/^\/\/.*$/gm, "")) as DevcontainerConfig;
  }

  /** `devcontainer up`: what an editor does when it opens the folder in its container. */
  open(): Promise<CommandResult> {
    return run(this.commandLine("up"), this.stack.environment);
  }

  /** Runs a command as an editor's terminal does. */
  exec(...command: string[]): Promise<CommandResult> {
    return run([...this.commandLine("exec"), ...command], this.stack.environment);
  }

  /** What a line of shell prints in the container; fails with its words where it fails. */
  async inside(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.exec("bash", "-lc", script);
    if (code !== 0) throw new Error(`${script}\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  /** The command line that runs another in the container, for a client that starts programs. */
  commandLine(command: "up" | "exec"): string[] {
    return [process.execPath, cli, command, "--workspace-folder", this.path, "--config", this.file];
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private write(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }
}

function run([command = "", ...args]: string[], environment: NodeJS.ProcessEnv): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
