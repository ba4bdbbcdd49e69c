import { commandArguments, type Usage } from "../arguments";
import { commandLine } from "../operate/command-line";
import { notThereYet } from "../operate/not-there-yet";
import { stackStatus } from "../operate/status/collect";
import { ensureStack, pulumi, stackOutputs } from "../pulumi";
import { setUp } from "../setup";
import { settleSalt } from "../setup/state";
import { SetupError } from "../setup/step";
import { describeStack } from "../stack-file";
import { stateElsewhere } from "../whose-state";
import { howToUse, type StackOutputs } from "../how-to-use";

/** What it takes. */
export const usage = {
  summary: "brings a stack up, from nothing or back to what its settings say",
} as const satisfies Usage;

/**
 * `npm run up`: from whatever the machine is to a healthy stack, and how to use it. Refreshes first, so that a
 * container that was removed or stopped by hand is brought back.
 */
export async function run(args: string[]): Promise<number> {
  const stack = commandArguments(args, usage);
  await setUp({ stacks: [describeStack(stack)] });
  const elsewhere = await stateElsewhere(stack);
  if (elsewhere) throw new SetupError(elsewhere);
  await ensureStack(stack);
  await settleSalt(stack.stack);
  const code = await pulumi(["up", "--yes", "--skip-preview", "--refresh"], stack);
  // A stack that was there has its salt written by the update.
  await settleSalt(stack.stack);
  if (code !== 0) {
    console.error(
      `\nThe stack "${stack.stack}" is not up; the message above says why. When that is mended: ${commandLine("up", stack)}\n` +
        `What an update that was killed has left is mended by: ${commandLine("repair", stack)}`,
    );
    return code;
  }
  const { topology } = describeStack(stack); // the set-up may have chosen where images come from
  const [status, outputs, notes] = await Promise.all([
    stackStatus(stack, topology),
    stackOutputs<StackOutputs>(stack),
    notThereYet(stack, topology),
  ]);
  console.log(howToUse(stack, status, outputs));
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
  return 0;
}
