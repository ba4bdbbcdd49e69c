import { stackArguments } from "../arguments";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

/** `npm run setup`: brings all that a stack needs onto this machine, and starts nothing of the stack. */
export async function run(args: string[]): Promise<number> {
  await setUp({ stacks: [describeStack(stackArguments(args))] });
  console.error("Everything is set up.");
  return 0;
}
