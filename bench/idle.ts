import { setTimeout as sleep } from "node:timers/promises";
import { describeStack } from "../cli/stack-file";
import type { Log } from "../imaging/types";
import { NestedEngine } from "../test/engine/support/engine";
import { TestStack } from "../test/engine/support/stack";
import { composeContender, composeName, type Contender, ourContender } from "./contenders";
import { withImages } from "./held-images";
import { type IdleParts, idleParts, shares } from "./idle-parts";
import type { BenchOptions } from "./options";
import type { Row } from "./table";

/** Five minutes: what comes once in a minute or two, as compactions and collections of garbage, has its part. */
const usualSeconds = 300;

/** How long a cluster that has just come up is left alone: programs compile and collect first. */
const settleSeconds = 60;

/** The most that a cluster at rest may use: a sixth of a processor's time, in milliseconds for each minute. */
const most = 10_000;

/**
 * What the whole cluster costs while nobody asks anything of it: this project's, and a Compose project of the same images
 * with the same health checks, in turns. Each is the only one on an engine of the bench's own, so that the daemons and what
 * they start are counted whole, and nobody else's.
 */
export async function benchIdle({ tiers, seconds = usualSeconds, log }: BenchOptions): Promise<Row[]> {
  if (!NestedEngine.available) {
    log("left out: it takes root, and a Linux with an engine of its own");
    return [];
  }
  const engine = await NestedEngine.create();
  try {
    const costs = await costsOf(engine, tiers, seconds, log);
    const [ours, peer] = costs.map(sum);
    if (ours === undefined) throw new Error("Nothing was measured.");
    const what = "at rest, processor time for each minute";
    return [
      { what, ours, goal: { below: most } },
      ...(peer === undefined
        ? []
        : [{ what, ours, peer: { name: composeName, time: peer }, goal: { ratio: 1.1 } }]),
    ];
  } finally {
    await engine.dispose();
  }
}

async function costsOf(engine: NestedEngine, tiers: number, seconds: number, log: Log): Promise<IdleParts[]> {
  const settings = { tiers };
  const probes = { productProbes: true };
  const names = new TestStack(probes);
  names.configure(settings);
  const description = describeStack({ stack: names.name, configFile: names.configFile });
  await names.remove();
  return withImages(description, log, async (images) => {
    const parts = { settings, images, probes };
    const compose = await composeContender(parts, log);
    const found: IdleParts[] = [];
    for (const contender of [ourContender(parts), ...(compose ? [compose] : [])])
      found.push(await costOf(contender, engine, seconds, log));
    return found;
  });
}

async function costOf(
  contender: Contender,
  engine: NestedEngine,
  seconds: number,
  log: Log,
): Promise<IdleParts> {
  const { name } = contender;
  const cluster = await contender.create();
  try {
    await cluster.up();
    await sleep(settleSeconds * 1_000);
    log(`${name}: is up; looking at it for ${seconds} s`);
    const parts = await idleParts(engine, seconds);
    log(`${name}: ${shares(parts)}`);
    return parts;
  } finally {
    await cluster.remove();
  }
}

function sum(parts: IdleParts): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}
