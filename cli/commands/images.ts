import { stackArguments } from "../arguments";
import { chooseImageSource, prepareStackImages } from "../setup/images";
import { Progress } from "../setup/progress";
import { describeStack } from "../stack-file";

/** `npm run images`: brings a stack's images onto this machine and nothing else. */
export async function run(args: string[]): Promise<number> {
  const stack = describeStack(stackArguments(args));
  const { log } = new Progress("Images");
  await prepareStackImages(stack, await chooseImageSource(stack, log), log);
  return 0;
}
