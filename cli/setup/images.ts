import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { forStack, type Problem, removeCommand, setCommand, SettingsError } from "../../config/errors";
import type { Settings } from "../../config/schema";
import { decidedImageSource, imageSourceFile } from "../../config/image-source";
import { imageRequest } from "../../imaging/request";
import { type ImageSource, lockPackage, prepareImages } from "../../imaging";
import { pulledImage } from "../../imaging/reference";
import { type Log, progressOf, step } from "../../progress";
import { imagesOf } from "../../topology/services";
import { hostedImage, hostedPackage } from "../../topology/tekup/hosted";
import type { StackArguments } from "../arguments";
import { pulumiEnvironment } from "../environment";
import { localFolder } from "../paths";
import { buildTopology } from "../../topology";
import { outputOf } from "../process";
import { describeStack, type StackDescription } from "../stack-file";
import { stackOutputs } from "../pulumi";
import { install } from "./docker";
import { pulumiFolder } from "./pulumi";
import { SetupError } from "./step";

/** How long the registry may take to answer before the images are built here instead. */
const registryAnswersWithinMs = 10_000;

/**
 * Chooses where the images come from, and says so. What is found once stays for this checkout: containers are not to be
 * replaced because the network is away for a day, or because another checkout put the stack up.
 */
export async function chooseImageSource(stack: StackDescription, log: Log): Promise<ImageSource> {
  const decided = decidedImageSource(stack.settings.imageSource);
  if (decided) {
    log(`source "${decided.source}", by ${decided.by}`);
    return decided.source;
  }
  const { stack: name } = stack.topology;
  const used = await usedImageSource(name);
  if (used) {
    await keepImageSource(used);
    log(`source "${used}", as the stack "${name}" was put up with it`);
    return used;
  }
  const seconds = registryAnswersWithinMs / 1000;
  const answers = await step(log, "asking for a registry", seconds, () => registryAnswers(stack));
  const source = answers ? "registry" : "build";
  await keepImageSource(source);
  const why =
    source === "registry"
      ? "the registry answers: images are pulled"
      : "no registry answers: images are built";
  const force = forStack(setCommand("mcp:imageSource", source), stack.topology.stack);
  log(`${why}; ${force} makes that a setting`);
  return source;
}

/** The source that the stack's last update took; undefined where there was none, or nothing can tell yet. */
async function usedImageSource(stack: string): Promise<ImageSource | undefined> {
  if ((await pulumiFolder()) === undefined) return undefined;
  const env = await pulumiEnvironment();
  const { imageSource } = await stackOutputs<{ imageSource?: ImageSource }>({ stack }, env);
  return imageSource;
}

async function keepImageSource(source: ImageSource): Promise<void> {
  await mkdir(localFolder, { recursive: true });
  await writeFile(imageSourceFile, `${source}\n`);
}

/** A stack whose images are on this machine. */
export interface PreparedStack {
  /** With the source that was chosen. */
  description: StackDescription;
  /** Tells the user of further work on images. */
  log: Log;
}

/** Chooses where a stack's images come from and brings them onto this machine, for commands that are about images. */
export async function stackWithImages(stack: StackArguments): Promise<PreparedStack> {
  const log = progressOf("Images");
  const source = await chooseImageSource(describeStack(stack), log);
  const description = describeStack(stack, source);
  await prepareStackImages(description, source, log);
  return { description, log };
}

/** Brings everything that a stack's images are made of onto this machine, ahead of the update. */
export async function prepareStackImages(
  { settings, topology: { stack } }: StackDescription,
  source: ImageSource,
  log: Log,
): Promise<void> {
  // Which services there are hangs on the source, and what was described before it was chosen may be for another one.
  const images = imagesOf(buildTopology(stack, settings, source));
  const requests = images.map((image) => imageRequest(image, source, settings));
  if (source === "build" && requests.length > 0 && !(await outputOf("debootstrap", ["--version"]))) {
    if (!existsSync("/etc/debian_version"))
      throw new SetupError("Building images needs debootstrap; install it.");
    await install(["debootstrap"], log);
  }
  await lockPackages(settings, stack, log);
  await prepareImages(requests, { log });
}

/**
 * Locks the packages of hosted servers that are not locked yet, before anything is made of them.
 * @throws SettingsError naming those that can't be had, with what their registry says.
 */
async function lockPackages({ servers }: Settings, stack: string, log: Log): Promise<void> {
  const problems: Problem[] = [];
  for (const [name, server] of Object.entries(servers)) {
    try {
      const file = await lockPackage(hostedImage(server), log);
      if (file) log(`${file} is new: commit it, so that it is the same everywhere`);
    } catch (error) {
      const { registry, specifier } = hostedPackage(server);
      problems.push({
        key: `mcp:servers.${name}.${registry}`,
        value: `"${specifier}"`,
        wrong: `can't be locked: ${(error as Error).message.replaceAll("\n", "\n    ")}`,
        fix: removeCommand(`mcp:servers.${name}`),
      });
    }
  }
  if (problems.length > 0) throw new SettingsError(stack, problems);
}

async function registryAnswers({ settings }: StackDescription): Promise<boolean> {
  const { reference } = pulledImage("postgres", imageRequest("postgres", "registry", settings));
  const answer = outputOf("docker", ["manifest", "inspect", reference]);
  return (
    (await Promise.race([answer, sleep(registryAnswersWithinMs, undefined, { ref: false })])) !== undefined
  );
}
