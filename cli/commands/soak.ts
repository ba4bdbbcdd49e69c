import { soakDrift } from "../../bench/soak-drift";
import { TestStack } from "../../test/engine/support/stack";
import { commandArguments, UsageError } from "../arguments";
import { setUp } from "../setup";
import { Progress } from "../setup/progress";
import { describeStack } from "../stack-file";

const parts = ["drift"];

/**
 * `npm run soak -- drift`: looks at a healthy cluster of its own a hundred times, at rest, under load and in the middle of
 * restarts, and fails where a look finds a difference. `--runs`, `--tiers` and `--seed` change that.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, {
    words: `one of ${parts.join(", ")}`,
    options: ["runs", "tiers", "seed"],
  });
  if (given.words.length !== 1 || !parts.includes(given.words[0] ?? ""))
    throw new UsageError(`Name what to soak: npm run soak -- ${parts.join(" | ")}`);
  const [runs, tiers, seed] = [
    number("runs", given.runs, 100),
    number("tiers", given.tiers, 2),
    number("seed", given.seed, 1),
  ];
  await setUp({ stacks: [describeStack({ stack: "dev" })] });
  const stack = await TestStack.create({
    tiers,
    ...(tiers > 3 ? { services: { nginx: { publish: false } } } : {}),
  });
  try {
    await stack.up();
    const alarms = await soakDrift(stack, { runs, seed, log: new Progress("Soak").log });
    console.log(`${runs} runs, ${alarms.length} false alarms (seed ${seed})`);
    return alarms.length === 0 ? 0 : 1;
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
