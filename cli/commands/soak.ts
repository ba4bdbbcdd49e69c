import { type FalseAlarm, soakDrift } from "../../bench/soak-drift";
import { soakGateway } from "../../bench/soak-gateway";
import { soakKills } from "../../bench/soak-kills";
import { type LongTests, soakTests } from "../../bench/soak-tests";
import type { Log } from "../../imaging/types";
import { progressOf } from "../../progress";
import { TestStack } from "../../test/engine/support/stack";
import { commandArguments, type Usage, UsageError } from "../arguments";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

interface SoakOptions {
  runs: number;
  seed: number;
  log: Log;
}

/** One thing that is done again and again, or at length. */
interface Soak {
  /** How often, where nothing else is said. */
  runs: number;
  /** Tiers of the stack that it is done to; left out where it has stacks of its own. */
  tiers?: number;
  /** Logs what failed; gives one entry for each thing that did. */
  run(options: SoakOptions, tiers: number): Promise<readonly Failure[]>;
  /** What a run that failed is called. */
  failure: string;
  /** The tests that it runs in their long form, where it does. */
  tests?: LongTests;
}

/** What failed: a sentence, or a look at a stack. */
type Failure = string | FalseAlarm;

/** Every soak by its name; `.github/workflows/nightly.yml` runs all of them. */
export const soaks: Readonly<Record<string, Soak>> = {
  drift: { runs: 100, tiers: 2, run: onStack(soakDrift), failure: "false alarms" },
  kills: { runs: 20, tiers: 2, run: onStack(soakKills), failure: "not made good" },
  gateway: { runs: 600, run: soakGateway, failure: "failures" },
  failures: long({ files: ["test/engine/failures.test.ts"] }),
  "tekup-failures": long({ files: ["test/engine/tekup-failures.test.ts"] }),
  databases: long({
    files: ["test/images/mariadb.test.ts", "test/images/postgres.test.ts"],
    name: "a first start that is killed",
  }),
  results: long({
    project: "services",
    files: ["outcomes", "tables", "values"].map((name) => `services/sql-mcp/test/as-clients/${name}.test.ts`),
  }),
  states: long({ files: ["test/engine/small.test.ts"], name: "works with a state in" }),
};

/** What it takes. */
export const usage = {
  summary: "does again and again, or at length, what npm test does in short",
  words: "NAME",
  options: {
    runs: ["N", "how often"],
    tiers: ["N", "tiers of its stack"],
    seed: ["N", "another choice; default: 1"],
  },
  ofStack: false,
} as const satisfies Usage;

/**
 * `npm run soak -- NAME`: what takes too long for `npm test`, which has short forms of it.
 *
 * - `drift`: looks at a healthy cluster of its own a hundred times, at rest, under load and in the middle of restarts, and
 *   fails where a look finds a difference.
 * - `kills`: kills twenty updates of it, each at another point, and fails where one repair and one update don't bring it
 *   back.
 * - `gateway`: opens and closes sessions for ten minutes, and fails where the gateway's memory grows.
 * - `failures`, `tekup-failures`: break all services of a whole cluster, of TekUp's under load, at the same moment, in every
 *   way.
 * - `databases`: kills a database's first start at nine moments.
 * - `results`: compares what the SQL servers answer to thousands of generated statements with what psql and mariadb say.
 * - `states`: kills updates and repairs them with states in PostgreSQL and in an S3-compatible server.
 *
 * `--runs`, `--seed`, and `--tiers` for `drift` and `kills` change that. What fails is told with the command that does the
 * same again.
 */
export async function run(args: string[]): Promise<number> {
  const names = Object.keys(soaks);
  const given = commandArguments(args, usage);
  const [name = "", ...further] = given.words;
  const soak = further.length === 0 && Object.hasOwn(soaks, name) ? soaks[name] : undefined;
  if (!soak) throw new UsageError(`Name what to soak: npm run soak -- ${names.join(" | ")}`);
  if (given.tiers !== undefined && soak.tiers === undefined)
    throw new UsageError(`--tiers: the soak "${name}" has stacks of its own; leave it out`);
  const runs = number("runs", given.runs, soak.runs);
  const tiers = number("tiers", given.tiers, soak.tiers ?? 1);
  const seed = number("seed", given.seed, 1);
  await setUp({ stacks: [describeStack({ stack: "dev" })] });
  const failed = await soak.run({ runs, seed, log: progressOf("Soak") }, tiers);
  console.log(`${runs} runs, ${failed.length} ${soak.failure} (seed ${seed})`);
  if (failed.length === 0) return 0;
  failed.slice(0, mostTold).forEach((failure) => console.log(`  ${inALine(failure)}`));
  const size = soak.tiers === undefined ? "" : ` --tiers ${tiers}`;
  console.log(`The same again: npm run soak -- ${name} --runs ${runs} --seed ${seed}${size}`);
  return 1;
}

/** The first few tell what is wrong; a gateway that is gone fails thousands of times. */
const mostTold = 10;

function inALine(failure: Failure): string {
  const text = typeof failure === "string" ? failure : `run ${failure.run}, during ${failure.during}`;
  return text.split("\n", 1)[0] ?? "";
}

/** Tests that are run in their long form. */
function long(tests: LongTests): Soak {
  return { runs: 1, run: (options) => soakTests(tests, options), failure: "failed", tests };
}

/** Does it to a stack of its own, which is taken down in the end. */
function onStack(soak: (stack: TestStack, options: SoakOptions) => Promise<readonly Failure[]>): Soak["run"] {
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
