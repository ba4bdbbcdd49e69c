import type { ImageSource } from "../../imaging";
import { progressOf } from "../../progress";
import { useEnvironment } from "../environment";
import type { StackDescription } from "../stack-file";
import { dockerStep } from "./docker";
import { chooseImageSource, prepareStackImages } from "./images";
import { pulumiStep } from "./pulumi";
import { stateStep } from "./state";
import type { Missing, Step } from "./step";

export interface SetupOptions {
  /** The stacks whose images are prepared. */
  stacks: StackDescription[];
}

/**
 * Finds out what this machine lacks, names all of it, then brings it; what is there is left alone. The images are
 * prepared beside a Pulumi that is being built, as the two rarely want the same core.
 * @throws SetupError where something can't be brought, with what the user can do.
 */
export async function setUp({ stacks }: SetupOptions): Promise<void> {
  const missing = await lookFor([stateStep, dockerStep, pulumiStep]);
  if (missing.size > 0) {
    console.error("Set-up: this machine lacks some of what the stacks need. In this order, it will now");
    for (const { will, takes } of missing.values()) console.error(`  - ${will} (${takes})`);
  }
  const bring = (step: Step) => missing.get(step)?.apply(progressOf(step.name)) ?? Promise.resolve();
  await bring(stateStep);
  await bring(dockerStep);
  await Promise.all([bring(pulumiStep), prepareImages(stacks)]);
  await useEnvironment();
}

async function lookFor(steps: Step[]): Promise<Map<Step, Missing>> {
  const found = await Promise.all(steps.map(async (step) => [step, await step.check()] as const));
  return new Map(found.flatMap(([step, result]) => ("will" in result ? [[step, result] as const] : [])));
}

async function prepareImages(stacks: StackDescription[]): Promise<void> {
  const log = progressOf("Images");
  for (const stack of stacks.filter(({ topology }) => topology.tiers.length > 0)) {
    const source: ImageSource = await chooseImageSource(stack, log);
    await prepareStackImages(stack, source, log);
  }
}
