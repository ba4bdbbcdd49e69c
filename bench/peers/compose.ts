import { rmSync } from "node:fs";
import { run } from "../../cli/process";
import { writeProject } from "../../export/compose/folder";
import type { ComposeProject } from "../../export/compose/project";
import { peerFolder } from "./programs";

/** Docker Compose with a project that was exported from a stack, in a folder of its own. */
export class ComposePeer {
  private constructor(
    private readonly command: string[],
    readonly folder: string,
  ) {}

  static async create(command: string[], project: ComposeProject): Promise<ComposePeer> {
    const peer = new ComposePeer(command, peerFolder("compose"));
    await writeProject(peer.folder, project);
    return peer;
  }

  /** Brings the project up and waits until all of it is healthy. */
  up(): Promise<void> {
    return this.run("up", "--detach", "--wait", "--quiet-pull");
  }

  /** Takes everything of the project off the engine, its data as well. */
  async remove(): Promise<void> {
    await this.run("down", "--volumes", "--timeout", "5");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(...args: string[]): Promise<void> {
    const [program = "", ...words] = this.command;
    const lines: string[] = [];
    const command = [...words, "--project-directory", this.folder, ...args];
    const code = await run(program, command, { onLine: (line) => lines.push(line) });
    if (code !== 0) throw new Error(`docker compose ${args[0]} failed:\n${lines.slice(-40).join("\n")}`);
  }
}
