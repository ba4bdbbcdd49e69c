import { createInterface } from "node:readline/promises";
import { stackArguments } from "../arguments";
import { useEnvironment } from "../environment";
import { pulumi, stackState } from "../pulumi";
import { leftovers, removeLeftover } from "../repair/leftovers";
import { stackLocks } from "../repair/lock";

/** One thing that repair will do, said before it is done. */
interface Mend {
  will: string;
  apply(): Promise<unknown>;
}

/**
 * `npm run repair`: brings a stack whose update was killed to where the next update succeeds: its stale lock, its
 * unfinished operations, and containers that it made and did not note. Says what it will do, and asks first.
 */
export async function run(args: string[]): Promise<number> {
  const stack = stackArguments(args, ["yes"]);
  await useEnvironment();
  const { alive, stale } = stackLocks(stack.stack);
  const [running] = alive;
  if (running) {
    console.error(
      `An update of "${stack.stack}" is running: process ${running.pid} on ${running.hostname}, by ` +
        `${running.username}, since ${running.timestamp}. Wait for it, or end it first. Nothing was changed.`,
    );
    return 1;
  }
  const { resources, pending } = await stackState(stack);
  const left = await leftovers(resources);
  const mends: Mend[] = [
    ...stale.map(({ pid, timestamp }) => ({
      will: `release the lock of process ${pid}, which ended without doing so (taken ${timestamp})`,
      apply: () => pulumi(["cancel", "--yes"], { stack: stack.stack }),
    })),
    ...left.map((leftover) => ({
      will: `remove the ${leftover.kind} ${leftover.name}, which an update made and did not note (it holds no data)`,
      apply: () => removeLeftover(leftover),
    })),
    ...(pending.length > 0
      ? [
          {
            will: `drop ${pending.length} unfinished operation(s) from the state, and read the rest from the engine`,
            apply: () => pulumi(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], stack),
          },
        ]
      : []),
  ];
  if (mends.length === 0) {
    console.log(`There is nothing to repair in "${stack.stack}".`);
    return 0;
  }
  console.log(`To repair "${stack.stack}", this will:`);
  mends.forEach(({ will }) => console.log(`  - ${will}`));
  if (!stack.yes && !(await agreed())) return 1;
  for (const mend of mends) {
    const code = await mend.apply();
    if (typeof code === "number" && code !== 0) return code;
  }
  console.log(`\n"${stack.stack}" is repaired; bring it up with: npm run up -- --stack ${stack.stack}`);
  return 0;
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error("Nothing was changed. To agree without being asked, add --yes.");
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question("Do this? [y/N] ");
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
