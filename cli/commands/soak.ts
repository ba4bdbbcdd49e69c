import { soakDrift } from "../../bench/soak-drift";
import { soakKills } from "../../bench/soak-kills";
import type { Log } from "../../imaging/types";
import { TestStack } from "../../test/engine/support/stack";
import { commandArguments, UsageError } from "../arguments";
import { setUp } from "../setup";
import { Progress } from "../setup/progress";
import { describeStack } from "../stack-file";

/** One thing that is done to a stack again and again. */
interface Soak {
  /** How often, where nothing else is said. */
  runs: number;
  /** Gives a line for each run that failed. */
  run(stack: TestStack, options: { runs: number; seed: number; log: Log }): Promise<readonly unknown[]>;
  /** What a run that failed is called. */
  failure: string;
}

const soaks: Record<string, Soak> = {
  drift: { runs: 100, run: soakDrift, failure: "false alarms" },
  kills: { runs: 20, run: soakKills, failure: "not made good" },
};

/**
 * `npm run soak -- drift`: looks at a healthy cluster of its own a hundred times, at rest, under load and in the middle of
 * restarts, and fails where a look finds a difference. `npm run soak -- kills`: kills twenty updates of it, each at another
 * point, and fails where one repair and one update don't bring it back. `--runs`, `--tiers` and `--seed` change that.
 */
export async function run(args: string[]): Promise<number> {
  const names = Object.keys(soaks);
  const given = commandArguments(args, {
    words: `one of ${names.join(", ")}`,
    options: ["runs", "tiers", "seed"],
  });
  const soak = given.words.length === 1 ? soaks[given.words[0] ?? ""] : undefined;
  if (!soak) throw new UsageError(`Name what to soak: npm run soak -- ${names.join(" | ")}`);
  const runs = number("runs", given.runs, soak.runs);
  const tiers = number("tiers", given.tiers, 2);
  const seed = number("seed", given.seed, 1);
  await setUp({ stacks: [describeStack({ stack: "dev" })] });
  const stack = await TestStack.create({
    tiers,
    ...(tiers > 3 ? { services: { nginx: { publish: false } } } : {}),
  });
  try {
    await stack.up();
    const failed = await soak.run(stack, { runs, seed, log: new Progress("Soak").log });
    console.log(`${runs} runs, ${failed.length} ${soak.failure} (seed ${seed})`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await stack.remove();
  }
}

function number(name: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(
    `--${name}: "${text}" is not a whole number above 0; for example: --${name} ${otherwise}`,
  );
}
