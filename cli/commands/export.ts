import { resolve } from "node:path";
import { engineHost } from "../../components/host";
import { composeProject } from "../../export/compose/project";
import { writeProject } from "../../export/compose/folder";
import { commandArguments, UsageError } from "../arguments";
import { exportImages } from "../export/images";
import { commandLine } from "../operate/command-line";
import { chooseImageSource, prepareStackImages } from "../setup/images";
import { Progress } from "../setup/progress";
import { describeStack } from "../stack-file";

/**
 * `npm run export -- --stack NAME --to FOLDER`: the stack as a Docker Compose project, for those who run it without
 * Pulumi. The folder's passwords are its own.
 */
export async function run(args: string[]): Promise<number> {
  const { to, ...stack } = commandArguments(args, { options: ["to"] });
  if (!to) throw new UsageError("Say where the project is to be written: npm run export -- --to FOLDER");
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), to);
  const { log } = new Progress("Images");
  const source = await chooseImageSource(describeStack(stack), log);
  const description = describeStack(stack, source);
  const { topology, settings } = description;
  await prepareStackImages(description, source, log);
  const images = await exportImages(description, source, log);
  const project = composeProject({ topology, images, host: engineHost(settings) });
  const { toFillIn } = await writeProject(folder, project);
  for (const { name, why } of topology.absent) console.error(`Without ${name}: ${why}`);
  for (const { name, given } of toFillIn) console.error(`To fill in, in ${folder}/.env: ${name}, ${given}`);
  console.log(
    `The stack "${stack.stack}" as a Compose project: ${folder}\n\n` +
      `It has the names and addresses of the stack itself, so take that down first; its data stays:\n\n` +
      `  ${commandLine("down", stack)}\n  docker compose --project-directory ${folder} up --detach --wait`,
  );
  return 0;
}
