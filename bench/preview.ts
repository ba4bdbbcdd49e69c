import { join } from "node:path";
import { docker } from "../engine/docker";
import { run } from "../cli/process";
import type { TestStack } from "../test/engine/support/stack";
import { percentile, report, timed } from "./statistics";

const rounds = 7;

/**
 * A preview of a cluster that is up and unchanged, against that of a one-container program with the same providers:
 * in turn, so that both see the same machine.
 */
export async function benchPreview(stack: TestStack): Promise<void> {
  const peer = await OneContainer.up(stack);
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const pair = [await timed(() => stack.pulumi("preview")), await timed(() => peer.preview())] as const;
      if (round === 0) continue; // the first of each warms the caches
      ours.push(pair[0]);
      theirs.push(pair[1]);
    }
    console.log(report("no-op preview, this cluster", ours));
    console.log(report("no-op preview, one container", theirs));
    const ratios = ours.map((time, round) => time / (theirs[round] ?? Number.NaN));
    console.log(`ratio, pair by pair: median ${percentile(ratios, 0.5).toFixed(2)} (goal: at most 1.33)`);
  } finally {
    await peer.remove();
  }
}

/** The peer program's stack, in the same backend. */
class OneContainer {
  private constructor(
    private readonly name: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async up(beside: TestStack): Promise<OneContainer> {
    const peer = new OneContainer(`${beside.name}-one`, beside.environment);
    const image = (await beside.container("postgres-mcp")).Image;
    await peer.pulumi("stack", "init", peer.name, "--no-select");
    try {
      await peer.pulumi("up", "--yes", "--skip-preview", "--stack", peer.name, ...peer.settings(image));
      return peer;
    } catch (error) {
      await peer.remove();
      throw error;
    }
  }

  preview(): Promise<number> {
    return this.pulumi("preview", "--stack", this.name);
  }

  async remove(): Promise<void> {
    await this.pulumi("destroy", "--yes", "--skip-preview", "--stack", this.name);
    await this.pulumi("stack", "rm", "--yes", this.name);
    await docker(["rm", "--force", this.name]).catch(() => undefined);
  }

  private settings(image: string): string[] {
    return ["--config", `one-container:imageId=${image}`, "--config", `one-container:name=${this.name}`];
  }

  private async pulumi(...args: string[]): Promise<number> {
    const lines: string[] = [];
    const cwd = join(__dirname, "one-container");
    const code = await run("pulumi", [...args, "--non-interactive"], {
      cwd,
      env: this.environment,
      onLine: (line) => lines.push(line),
    });
    if (code !== 0) throw new Error(lines.join("\n"));
    return code;
  }
}
