import type { Difference, DriftReport } from "../../../drift/types";
import { docker } from "../../../engine/docker";
import type { TestStack } from "./stack";

/** What `npm run drift` reports of a test's stack, and what follows from it. */
export class Drift {
  /** @param stack whose drift it is; asked for at each use, as a test's stack is made after its helpers */
  constructor(private readonly stack: () => TestStack) {}

  /** What `drift --json` reports, with what it ends with. */
  async report(...options: string[]): Promise<DriftReport & { code: number; ids: string[] }> {
    const { code, output } = await this.stack().command("drift", "--json", ...options);
    // Lines on what is being mended come before, on the other stream.
    const report = JSON.parse(output.slice(output.search(/^\{$/m))) as DriftReport;
    return { ...report, code, ids: report.differences.map(({ id }) => id).sort() };
  }

  /** Expects that there is no difference any more. */
  async expectNone(): Promise<void> {
    const { code, differences } = await this.report();
    expect({ code, differences }).toEqual({ code: 0, differences: [] });
  }

  /** Runs the command that a difference names, as whoever reads the report would. */
  async follow(difference: Difference | undefined): Promise<void> {
    const line = (difference?.mend.command ?? "false").replace(/ \(.*$/, "");
    const { code, output } = await this.stack().type(line);
    if (code !== 0) throw new Error(`${line} failed:\n${output}`);
  }
}

/** The difference that has this id. */
export function differenceOf(report: DriftReport, id: string): Difference | undefined {
  return report.differences.find((difference) => difference.id === id);
}

/** Runs a shell line as root in a container that mounts a volume, as somebody on the host would change it. */
export function inVolume(volume: string, line: string, image: string): Promise<string> {
  const mount = ["--volume", `${volume}:/volume`, "--network", "none", "--user", "0:0"];
  return docker(["run", "--rm", ...mount, "--entrypoint", "sh", image, "-c", line]);
}
