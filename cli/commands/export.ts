import { engineHost } from "../../components/host";
import { shellWord } from "../../config/shell-word";
import { composeProject } from "../../export/compose/project";
import { writeProject } from "../../export/compose/folder";
import { exportable } from "../../export/compose/settings";
import { variableName } from "../../export/compose/variables";
import { buildTopology } from "../../topology";
import { commandArguments, givenPath, type Usage, UsageError } from "../arguments";
import { exportImages } from "../export/images";
import { ownVolumes } from "../operate/data-volumes";
import { commandLine } from "../operate/command-line";
import { outputOf } from "../process";
import { stackWithImages } from "../setup/images";

/** The secrets with which databases make their superusers, once; see topology/databases.ts. */
const superuserSecrets = ["postgres-password", "mariadb-password"];

/** What it takes. */
export const usage = {
  summary: "writes the stack as a Docker Compose project",
  options: {
    to: ["FOLDER", "where; it is made"],
  },
} as const satisfies Usage;

/**
 * `npm run export -- --stack NAME --to FOLDER`: the stack as a Docker Compose project, for those who run it without
 * Pulumi. The folder's passwords are its own; who is a superuser of a database that is kept keeps the old one, which is said.
 */
export async function run(args: string[]): Promise<number> {
  const { to, ...stack } = commandArguments(args, usage);
  if (!to) throw new UsageError("Say where the project is to be written: npm run export -- --to FOLDER");
  const folder = givenPath(to);
  const { description, log } = await stackWithImages(stack);
  const settings = exportable(description.settings);
  const topology = buildTopology(stack.stack, settings, description.imageSource);
  const images = await exportImages(description, log);
  const project = composeProject({ topology, images, host: engineHost(settings) });
  const { toFillIn, madeUp } = await writeProject(folder, project);
  if (description.topology.authority)
    console.error("Without TLS between the services: Compose makes no certificates, and would renew none.");
  for (const { name, why } of topology.absent) console.error(`Without ${name}: ${why}`);
  const kept = await ownVolumes(topology, stack.stack);
  const superusers = superuserSecrets.map(variableName).filter((name) => madeUp.includes(name));
  if (kept.length > 0 && superusers.length > 0)
    console.error(
      `The data in ${kept.join(", ")} stays, and in it the superusers' passwords that it was made with: ` +
        `${superusers.join(" and ")} in .env count only where a volume is empty. No service uses them; all other users get ` +
        "the passwords of .env whenever the project is put up.",
    );
  if ((await outputOf("docker", ["compose", "version"])) === undefined)
    console.error(
      "This machine has no `docker compose`; where the project is to run, Docker Compose 2 is needed.",
    );
  for (const { name, given } of toFillIn) console.error(`To fill in, in ${folder}/.env: ${name}, ${given}`);
  console.log(
    `The stack "${stack.stack}" as a Compose project: ${folder}\n\n` +
      `It has the names and addresses of the stack itself, so take that down first; its data stays:\n\n` +
      `  ${commandLine("down", stack)}\n  docker compose --project-directory ${shellWord(folder)} up --detach --wait`,
  );
  return 0;
}
