import { readFileSync } from "node:fs";
import type { TestStack } from "../test/engine/support/stack";
import { percentile, report } from "./statistics";
import type { Row } from "./table";

const rounds = 5;

/** Milliseconds of processor time that each command may take at most. */
const goals = { status: 450, drift: 2_200, preview: 4_000 };

/**
 * Processor time of commands that change nothing, with all processes that they start but the engine's, on a cluster that is up
 * and as it should be: it hangs less on what else the machine does than the time by the clock.
 */
export async function benchStart(stack: TestStack): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [command, below] of Object.entries(goals)) {
    const samples: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const taken = await processorTime(async () => {
        const { code, output } = await stack.command(command);
        if (code !== 0) throw new Error(output);
      });
      if (round > 0) samples.push(taken); // the first warms the caches
    }
    console.log(report(`npm run ${command}, processor time`, samples));
    rows.push({
      what: `npm run ${command}, processor time`,
      ours: percentile(samples, 0.5),
      goal: { below },
    });
  }
  return rows;
}

/** Milliseconds of processor time of the processes that ended meanwhile and were begun by this one. */
async function processorTime(action: () => Promise<void>): Promise<number> {
  const before = ofChildren();
  await action();
  return ofChildren() - before;
}

/** Source: proc(5), fields 16 and 17, in the hundredths of a second that Linux counts in for programs. */
function ofChildren(): number {
  const afterName = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(afterName[13]) + Number(afterName[14])) * 10;
}
