import { benchCluster } from "../../bench/cluster";
import { benchGateway } from "../../bench/gateway";
import { measureGoSource } from "../../bench/go-source";
import { benchGrowth } from "../../bench/growth";
import { benchIdle } from "../../bench/idle";
import { benchImages } from "../../bench/images";
import { benchMcp } from "../../bench/mcp";
import type { BenchOptions } from "../../bench/options";
import { benchPreview } from "../../bench/preview";
import { benchSearch } from "../../bench/search";
import { benchStart } from "../../bench/start";
import { type Row, table } from "../../bench/table";
import { progressOf } from "../../progress";
import { type Settings, TestStack } from "../../test/engine/support/stack";
import { commandArguments, type Usage, UsageError } from "../arguments";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

/** The parts of the bench, each with what it is measured on; all are run where none is named. */
const parts: Record<string, (options: BenchOptions) => Promise<Row[]>> = {
  cluster: benchCluster,
  preview: () => onCluster(benchPreview),
  start: ({ tiers }) => onCluster(benchStart, { tiers }),
  mcp: () => onCluster(benchMcp),
  images: benchImages,
  growth: benchGrowth,
  gateway: benchGateway,
  search: benchSearch,
  idle: benchIdle,
  go: measureGoSource,
};

/** What is measured without a stack, and so without a set-up. */
const withoutStack = new Set(["go"]);

/** What it takes. */
export const usage = {
  summary: "measures beside peers, on clusters of its own",
  words: "PART …",
  options: {
    rounds: ["N", "turns of each contender; default: 3"],
    tiers: ["N", "tiers of a cluster; default: 5"],
    seconds: ["N", "how long one measurement lasts"],
  },
  ofStack: false,
} as const satisfies Usage;

/**
 * `npm run bench`: measures beside peers in one run, on clusters of its own beside whatever runs, and takes them down
 * again. `npm run bench -- cluster mcp` runs those parts alone.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const unknown = given.words.find((word) => !(word in parts));
  if (unknown)
    throw new UsageError(`"${unknown}" is no part of the bench; there are ${Object.keys(parts).join(", ")}`);
  const options = {
    rounds: number(given.rounds, 3),
    tiers: number(given.tiers, 5),
    ...(given.seconds === undefined ? {} : { seconds: number(given.seconds, 0) }),
  };
  const names = Object.keys(parts).filter((name) => given.words.length === 0 || given.words.includes(name));
  if (!names.every((name) => withoutStack.has(name)))
    await setUp({ stacks: [describeStack({ stack: "dev" })] });
  // What runs ends by itself then, as it is told too; what is up is taken down as after any failure.
  process.on("SIGINT", () => console.error("Interrupted: taking down what is up"));
  const rows: Row[] = [];
  for (const name of names)
    rows.push(...((await parts[name]?.({ ...options, log: progressOf(name) })) ?? []));
  if (rows.length > 0) console.log(`\n${table(rows)}`);
  return 0;
}

async function onCluster(
  measure: (stack: TestStack) => Promise<Row[]>,
  settings: Settings = {},
): Promise<Row[]> {
  const stack = await TestStack.create(settings);
  try {
    await stack.up();
    return await measure(stack);
  } finally {
    await stack.remove();
  }
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`"${text}" is not a whole number above 0`);
  return value;
}
