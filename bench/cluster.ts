import { describeStack } from "../cli/stack-file";
import type { Log } from "../imaging/types";
import { TestStack } from "../test/engine/support/stack";
import { composeName, type Contender, contenders, ourName, terraformName } from "./contenders";
import { withImages } from "./held-images";
import type { BenchOptions } from "./options";
import { percentile, timed } from "./statistics";
import type { Row } from "./table";

/** How often an `up` is repeated that has nothing to do. */
const repeats = 3;

/**
 * How often the engine asks after each container's health, in seconds. The peers wait for its first verdict, one interval
 * after the start; with the product's own, which saves its user processor time at rest, they would wait longer.
 */
const interval = 5;

/** What one contender took, turn by turn. */
interface Samples {
  cold: number[];
  again: number[];
}

/**
 * The whole cluster from fresh volumes to healthy, and again with nothing to do: this project, Docker Compose and Terraform,
 * in turns, so that all see the same machine. All images are in the engine before the first turn.
 */
export async function benchCluster({ rounds, tiers, log }: BenchOptions): Promise<Row[]> {
  // The web entry's port may be in use by the developer's own stack.
  const settings = { tiers, ...(tiers < 4 ? {} : { services: { nginx: { publish: false } } }) };
  const names = await TestStack.create(settings);
  const description = describeStack({ stack: names.name, configFile: names.configFile });
  await names.remove();
  const samples = await withImages(description, log, async (images) =>
    inTurns(await contenders({ settings, images, probes: { interval } }, log), rounds, log),
  );
  const median = (name: string, kind: keyof Samples) => percentile(samples.get(name)?.[kind] ?? [], 0.5);
  const row = (what: string, kind: keyof Samples, peer: string, goal: Pick<Row, "goal">): Row[] =>
    samples.has(peer)
      ? [{ what, ours: median(ourName, kind), peer: { name: peer, time: median(peer, kind) }, ...goal }]
      : [];
  const cluster = tiers < 5 ? `tiers 1 to ${tiers}` : "the whole cluster";
  return [
    ...row(`up, ${cluster}, cold`, "cold", composeName, { goal: { ratio: 1 } }),
    ...row(`up, ${cluster}, cold`, "cold", terraformName, {}),
    // No goal: ours looks at every container first, and the peers at none.
    ...row("up, nothing to do", "again", terraformName, {}),
    ...row("up, nothing to do", "again", composeName, {}),
  ];
}

async function inTurns(all: Contender[], rounds: number, log: Log): Promise<Map<string, Samples>> {
  const samples = new Map<string, Samples>(all.map(({ name }) => [name, { cold: [], again: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    // Whoever has the first turn changes: it finds the machine as the one before left it.
    for (const contender of [...all.slice(round % all.length), ...all.slice(0, round % all.length)]) {
      const { cold, again } = await turn(contender, log);
      samples.get(contender.name)?.cold.push(...cold);
      samples.get(contender.name)?.again.push(...again);
    }
  }
  return samples;
}

async function turn(contender: Contender, log: Log): Promise<Samples> {
  const cluster = await contender.create();
  try {
    const cold = await timed(() => cluster.up());
    const again: number[] = [];
    for (let n = 0; n < repeats; n += 1) again.push(await timed(() => cluster.up()));
    const [first, ...rest] = [cold, ...again].map((time) => `${(time / 1_000).toFixed(1)} s`);
    log(`${contender.name}: cold ${first}, then ${rest.join(", ")}`);
    return { cold: [cold], again };
  } finally {
    await cluster.remove();
  }
}
