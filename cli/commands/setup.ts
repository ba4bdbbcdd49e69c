import { sourceVariable } from "../../imaging/cache-source";
import { exportCache } from "../../imaging/cache-export";
import { progressOf } from "../../progress";
import { commandArguments, givenPath, type Usage } from "../arguments";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

/** What it takes. */
export const usage = {
  summary: "brings all that a stack needs onto this machine, and starts nothing of it",
  options: {
    export: ["FOLDER", "writes what this machine built there, for others"],
  },
} as const satisfies Usage;

/**
 * `npm run setup`: brings all that a stack needs onto this machine, and starts nothing of the stack. With `--export FOLDER` the folder then
 * gets what this user's cache has, so that other machines can take it from there.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  await setUp({ stacks: [describeStack(given)] });
  console.error("Everything is set up.");
  if (given.export === undefined) return 0;
  const folder = givenPath(given.export);
  const written = await exportCache(folder, progressOf("Export"));
  console.log(
    `${written} new archives in ${folder}. Others use them with ${sourceVariable}=${folder}, or its address.`,
  );
  return 0;
}
