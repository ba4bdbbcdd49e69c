import { stackArguments } from "../arguments";
import { ensureStack, pulumi, stackOutputs } from "../pulumi";
import { setUp } from "../setup";
import { settleSalt } from "../setup/state";
import { describeStack } from "../stack-file";
import { type StackOutputs, usage } from "../usage";

/**
 * `npm run up`: from whatever the machine is to a healthy stack, and how to use it. Refreshes first, so that a
 * container that was removed or stopped by hand is brought back.
 */
export async function run(args: string[]): Promise<number> {
  const stack = stackArguments(args);
  const description = describeStack(stack);
  await setUp({ stacks: [description] });
  await ensureStack(stack);
  await settleSalt(stack.stack);
  const code = await pulumi(["up", "--yes", "--skip-preview", "--refresh"], stack);
  if (code !== 0) {
    const again = stack.stack === "dev" ? "" : ` -- --stack ${stack.stack}`;
    console.error(
      `\nThe stack "${stack.stack}" is not up; the message above says why. When that is mended: npm run up${again}\n` +
        `An update that was killed, or one that says the stack is locked, is mended by: npm run repair${again}`,
    );
    return code;
  }
  console.log(await usage(stack.stack, description.topology, await stackOutputs<StackOutputs>(stack)));
  return 0;
}
