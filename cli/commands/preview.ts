import { writeFile } from "node:fs/promises";
import { SettingsError } from "../../config/errors";
import { decidedImageSource } from "../../config/image-source";
import { liveProgressOf, progressOf, step } from "../../progress";
import { commandArguments, type StackArguments, type Usage } from "../arguments";
import { stackReport } from "../preview";
import { failures, refusedText, reportText } from "../preview/report";
import { stacksTouched } from "../preview/touched";
import { folderLocks, lockText } from "../repair/lock";
import { setUp } from "../setup";
import { chooseImageSource } from "../setup/images";
import { settleSalt } from "../setup/state";
import { describeStack } from "../stack-file";

/** What it takes. */
export const usage = {
  summary: "tells what an update would do, and which data that puts at risk",
  flags: {
    json: "for scripts",
    "without-state": "by the checkout alone, with no state and no engine",
    touched: "only names the stacks that the work touches, as JSON",
  },
  options: {
    base: ["BRANCH", "what the work is for; default: the main branch"],
    "allow-data-loss": ["NAMES", "volumes whose data may be lost, by commas"],
    output: ["FILE", "writes it there as well"],
  },
} as const satisfies Usage;

/**
 * `npm run preview`: what an update would do to a stack: what is made, replaced and deleted, the data that puts at risk,
 * what would be down, and how the topology differs from the branch that the work is for. Changes nothing. Exit code 1
 * where data would be lost that nobody allowed to be, where a policy is broken, or where the preview itself fails. With
 * `--touched` it only names the stacks that the work touches, as JSON.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  if (given.touched) {
    console.log(JSON.stringify(await stacksTouched(given.base)));
    return 0;
  }
  const say = async (text: string) => {
    if (given.output) await writeFile(given.output, `${text}\n`);
    console.log(text);
  };
  try {
    if (!given["without-state"]) {
      await setUp({ stacks: [] });
      await decideImageSource(given);
    }
    const options = {
      base: given.base,
      allowed: (given["allow-data-loss"] ?? "").split(",").filter(Boolean),
      withState: !given["without-state"],
    };
    if (options.withState) tellOfUpdate(given);
    const what = `finding out what an update of "${given.stack}" would do`;
    const report = await step(liveProgressOf("Preview"), what, 8, () => stackReport(given, options));
    if (!given["without-state"]) await settleSalt(given.stack);
    const failed = failures(report);
    await say(
      given.json ? JSON.stringify({ ...report, failures: failed }, null, 2) : reportText(report).join("\n"),
    );
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    // Who reads the comment is to see it as well.
    if (error instanceof SettingsError && given.output)
      await say(refusedText(given.stack, error.message).join("\n"));
    throw error;
  }
}

/** Says that the state is one in between, where an update is changing it. */
function tellOfUpdate({ stack }: StackArguments): void {
  const [running] = folderLocks(stack).alive;
  if (running)
    console.error(`"${stack}" is in use by ${lockText(running)}: preview it again when that has ended.`);
}

/** In a checkout that was never set up: as the update would, whose set-up decides it first. */
async function decideImageSource(stack: StackArguments): Promise<void> {
  const description = describeStack(stack);
  if (!decidedImageSource(description.settings.imageSource))
    await chooseImageSource(description, progressOf("Images"));
}
