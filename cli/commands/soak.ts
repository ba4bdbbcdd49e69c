import { soakDrift } from "../../bench/soak-drift";
import { soakGateway } from "../../bench/soak-gateway";
import { soakKills } from "../../bench/soak-kills";
import type { Log } from "../../imaging/types";
import { TestStack } from "../../test/engine/support/stack";
import { commandArguments, UsageError } from "../arguments";
import { setUp } from "../setup";
import { Progress } from "../setup/progress";
import { describeStack } from "../stack-file";

interface SoakOptions {
  runs: number;
  seed: number;
  log: Log;
}

/** One thing that is done again and again, to a stack where it is for one. */
interface Soak {
  /** How often, where nothing else is said. */
  runs: number;
  /** Logs what failed; gives one entry for each run that did. */
  run(options: SoakOptions, tiers: number): Promise<readonly unknown[]>;
  /** What a run that failed is called. */
  failure: string;
}

const soaks: Record<string, Soak> = {
  drift: { runs: 100, run: onStack(soakDrift), failure: "false alarms" },
  kills: { runs: 20, run: onStack(soakKills), failure: "not made good" },
  gateway: { runs: 600, run: soakGateway, failure: "failures" },
};

/**
 * `npm run soak -- drift`: looks at a healthy cluster of its own a hundred times, at rest, under load and in the middle of
 * restarts, and fails where a look finds a difference. `npm run soak -- kills`: kills twenty updates of it, each at another
 * point, and fails where one repair and one update don't bring it back. `npm run soak -- gateway`: opens and closes sessions for
 * ten minutes, and fails where the gateway's memory grows. `--runs`, `--tiers` and `--seed` change that.
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
  const failed = await soak.run({ runs, seed, log: new Progress("Soak").log }, tiers);
  console.log(`${runs} runs, ${failed.length} ${soak.failure} (seed ${seed})`);
  return failed.length === 0 ? 0 : 1;
}

/** Does it to a stack of its own, which is taken down in the end. */
function onStack(soak: (stack: TestStack, options: SoakOptions) => Promise<readonly unknown[]>): Soak["run"] {
  return async (options, tiers) => {
    const stack = await TestStack.create({
      tiers,
      ...(tiers > 3 ? { services: { nginx: { publish: false } } } : {}),
    });
    try {
      await stack.up();
      return await soak(stack, options);
    } finally {
      await stack.remove();
    }
  };
}

function number(name: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(
    `--${name}: "${text}" is not a whole number above 0; for example: --${name} ${otherwise}`,
  );
}
