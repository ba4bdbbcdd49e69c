import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { decidedImageSource, imageSourceFile } from "../../config/image-source";
import { imageRequest } from "../../imaging/request";
import { type ImageSource, prepareImages } from "../../imaging";
import { pulledImage } from "../../imaging/reference";
import { localFolder } from "../paths";
import { buildTopology } from "../../topology";
import { outputOf } from "../process";
import type { StackDescription } from "../stack-file";
import { install } from "./docker";
import { SetupError } from "./step";

/** How long the registry may take to answer before the images are built here instead. */
const registryAnswersWithinMs = 10_000;

/**
 * Chooses where the images come from, and says so. What is found once stays for this checkout: containers are not to be
 * replaced because the network is away for a day.
 */
export async function chooseImageSource(
  stack: StackDescription,
  log: (line: string) => void,
): Promise<ImageSource> {
  const decided = decidedImageSource(stack.settings.imageSource);
  if (decided) {
    log(`source "${decided.source}", by ${decided.by}`);
    return decided.source;
  }
  const source = (await registryAnswers(stack)) ? "registry" : "build";
  await mkdir(localFolder, { recursive: true });
  await writeFile(imageSourceFile, `${source}\n`);
  const why =
    source === "registry"
      ? "the registry answers: images are pulled"
      : "no registry answers: images are built";
  log(`${why}; to force one: pulumi config set mcp:imageSource registry (or build)`);
  return source;
}

/** Brings everything that a stack's images are made of onto this machine, ahead of the update. */
export async function prepareStackImages(
  { settings, topology: { stack } }: StackDescription,
  source: ImageSource,
  log: (line: string) => void,
): Promise<void> {
  // Which services there are hangs on the source, and what was described before it was chosen may be for another one.
  const images = buildTopology(stack, settings, source).tiers.flatMap((tier) =>
    tier.services.map(({ image }) => image),
  );
  const requests = [...new Set(images)].map((image) => imageRequest(image, source, settings));
  if (source === "build" && requests.length > 0 && !(await outputOf("debootstrap", ["--version"]))) {
    if (!existsSync("/etc/debian_version"))
      throw new SetupError("Building images needs debootstrap; install it.");
    await install(["debootstrap"], log);
  }
  await prepareImages(requests, { log });
}

async function registryAnswers({ settings }: StackDescription): Promise<boolean> {
  const { reference } = pulledImage("postgres", imageRequest("postgres", "registry", settings));
  const answer = outputOf("docker", ["manifest", "inspect", reference]);
  return (
    (await Promise.race([answer, sleep(registryAnswersWithinMs, undefined, { ref: false })])) !== undefined
  );
}
