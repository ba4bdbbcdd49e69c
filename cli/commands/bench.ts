import { benchMcp } from "../../bench/mcp";
import { benchPreview } from "../../bench/preview";
import { TestStack } from "../../test/engine/support/stack";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

/** `npm run bench`: measures on a cluster of its own, beside whatever runs, and takes it down again. */
export async function run(): Promise<number> {
  await setUp({ stacks: [describeStack({ stack: "dev" })] });
  const stack = await TestStack.create();
  try {
    await stack.up();
    await benchPreview(stack);
    await benchMcp(stack);
  } finally {
    await stack.remove();
  }
  return 0;
}
