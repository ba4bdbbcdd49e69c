import { progressOf, step } from "../../progress";
import { commandArguments, type StackArguments, type Usage } from "../arguments";
import { agreed } from "../agree";
import { useEnvironment } from "../environment";
import { commandLine } from "../operate/command-line";
import { stackIsThere } from "../pulumi";
import { holder, isHere, type Lock, lockText, stackLocks } from "../repair/lock";
import { attributeMends } from "../repair/attributes";
import { lockMends, type Mend, stateMends } from "../repair/mends";
import { setUp } from "../setup";
import { describeStack } from "../stack-file";

type RepairArguments = StackArguments & { yes?: boolean };

/** What it takes. */
export const usage = {
  summary: "brings a stack to where the next update succeeds, and touches nothing that runs",
  flags: {
    yes: "asks nothing",
  },
  options: {
    ended: ["PID@HOST", "a process of another machine that surely ended"],
  },
} as const satisfies Usage;

/**
 * `npm run repair`: brings a stack to where the next update succeeds: after an update that was killed at any point, with a
 * lock that nobody holds any more, with containers that the state does not know, with a state that names what is gone, or
 * with no state at all. Says what it will do, and asks first. Containers that run are never touched.
 */
export async function run(args: string[]): Promise<number> {
  const stack = commandArguments(args, usage);
  const { topology } = describeStack(stack);
  await setUp({ stacks: [] });
  await useEnvironment();
  const unreadable = attributeMends(stack.stack);
  if (unreadable.length > 0 && !((await agreedTo(stack, unreadable)) && (await applied(unreadable))))
    return 1;
  const isThere = await stackIsThere(stack);
  const ended = (stack.ended ?? "").split(",").filter(Boolean);
  const { alive, stale } = isThere ? await stackLocks(stack.stack, ended) : { alive: [], stale: [] };
  const [running] = alive;
  if (running) {
    console.error(lockedText(stack, running));
    return 1;
  }
  const locks = await lockMends(stack, stale);
  const mends = [...locks, ...(await stateMends(stack, topology, isThere))];
  if (mends.length === 0 && unreadable.length === 0) {
    console.log(`There is nothing to repair in "${stack.stack}".`);
    return 0;
  }
  if (mends.length > 0 && !(await agreedTo(stack, mends))) return 1;
  if (!(await applied(locks))) return 1;
  // What a killed update's providers did until they were ended counts as well.
  const rest = locks.length > 0 ? await stateMends(stack, topology, isThere) : mends;
  if (!(await applied(rest))) return 1;
  console.log(`\n"${stack.stack}" is repaired; bring it up with: ${commandLine("up", stack)}`);
  return 0;
}

/** Says what will be done, and asks unless it was agreed to beforehand. */
async function agreedTo({ stack, yes }: RepairArguments, mends: readonly Mend[]): Promise<boolean> {
  console.log(`To repair "${stack}", this will:`);
  mends.forEach(({ will }) => console.log(`  - ${will}`));
  return yes === true || agreed("Do this?");
}

async function applied(mends: readonly Mend[]): Promise<boolean> {
  for (const mend of mends) {
    const isDone = await step(progressOf("Repair"), mend.will, undefined, async ({ failed }) => {
      const code = await mend.apply();
      if (typeof code !== "number" || code === 0) return true;
      failed();
      return false;
    });
    if (isDone) continue;
    console.error(
      "\nThe repair stopped there; the message above says why. When that is mended, run it again.",
    );
    return false;
  }
  return true;
}

function lockedText(stack: StackArguments, lock: Lock): string {
  const who = lockText(lock);
  if (isHere(lock))
    return `An update of "${stack.stack}" is running: ${who}. Wait for it, or end it first. Nothing was changed.`;
  return (
    `"${stack.stack}" is locked from another machine: ${who}. Nobody can tell from here whether it still runs. Look there; ` +
    `if it has ended, say so: ${commandLine("repair", stack, ["--ended", holder(lock)])}. Nothing was changed.`
  );
}
