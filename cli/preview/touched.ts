import { readdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { root } from "../paths";
import { describeStack } from "../stack-file";
import type { Topology } from "../../topology";
import { filesChanged, mergeBase, topologyAt } from "./base";

/** What every stack's program is made of, besides what shows in its topology. */
const programs = [
  ...["components/", "config/", "engine/", "loader/", "policy/", "provider/"],
  ...["Pulumi.yaml", "index.ts", "package-lock.json"],
];

/** What images are made of: of no interest to a stack that runs no service. */
const images = ["imaging/", "images/", "services/"];

/** A stack as it is to be, and as it was. */
export interface StackVersions {
  stack: string;
  before: Topology | undefined;
  after: Topology;
}

/** The stacks that a change touches: by their settings, their topology, or the code that brings it up. */
export function touchedStacks(stacks: readonly StackVersions[], files: readonly string[]): string[] {
  const among = (parts: readonly string[]) =>
    files.some((file) => parts.some((part) => (part.endsWith("/") ? file.startsWith(part) : file === part)));
  return stacks
    .filter(
      ({ stack, before, after }) =>
        among([`Pulumi.${stack}.yaml`, ...programs]) ||
        (after.tiers.length > 0 && among(images)) ||
        !isDeepStrictEqual(before, after),
    )
    .map(({ stack }) => stack);
}

/** The project's stacks that the work since the base touches; all of them where git knows no base. */
export async function stacksTouched(base?: string): Promise<string[]> {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  const commit = await mergeBase(base);
  if (commit === undefined) return stacks;
  const versions = stacks.map(async (stack) => ({
    stack,
    before: await topologyAt(commit, stack, "registry"),
    // As a file holds it: what is undefined is not there.
    after: JSON.parse(JSON.stringify(describeStack({ stack }, "registry").topology)) as Topology,
  }));
  return touchedStacks(await Promise.all(versions), await filesChanged(commit));
}
