import * as fs from "node:fs";
import * as path from "node:path";
import { docker, DockerError } from "../engine/docker";
import { step } from "../progress/run";
import { bootstrapDebian } from "./bootstrap";
import { cacheFolder, withScratch } from "./cache";
import { lastLines } from "./command";
import { fetchDownloads, fillContext } from "./context";
import { engineArchitecture, imageLabel, sweep } from "./engine-image";
import type { Hold } from "./hold";
import { baseArgument, type Recipe } from "./recipe";
import type { Log } from "./types";

/** The machine that the packages of the `build` source are for. */
const buildArchitecture = "amd64";

/** An image's build: what it makes and what it stands on. */
export interface Build {
  image: string;
  /** Its name in the cache, which is the label of all that the build makes. */
  name: string;
  /** The name it gets in the engine. */
  tag: string;
  recipe: Recipe;
  /** The arguments that its Dockerfile gets the images as that it stands on. */
  foundations: string[];
  /** Brings one of them into the engine, and gives the name it has there as long as the build runs. */
  hold: Hold;
  log: Log;
}

/** Makes an image and leaves it in the engine under its tag, and nothing else there. */
export async function build({ image, name, tag, recipe, foundations, hold, log }: Build): Promise<void> {
  const logFile = path.join(cacheFolder("logs"), `${name}.log`);
  fs.writeFileSync(logFile, "");
  const architecture = await engineArchitecture();
  const { dockerfile, suite } = recipe;
  await withScratch(async (scratch) => {
    if (suite !== undefined) {
      if (architecture !== buildArchitecture)
        throw new Error(
          `the image source "build" makes images for ${buildArchitecture}, and the engine is ${architecture}: ` +
            'set it to "registry"',
        );
      await step(log, `bootstrapping ${image}`, recipe.seconds, () =>
        bootstrapDebian(suite, scratch, tag, name, logFile),
      );
      return;
    }
    if (dockerfile === undefined) throw new Error(`the recipe of ${image} says nothing to build`);
    // What it stands on and the downloads side by side, and all waited for: nothing may go on after a failure.
    const toolImage = () => hold(baseArgument);
    const fetching = fetchDownloads(recipe, log, { logFile, architecture, toolImage });
    const [buildArguments, downloads] = await both(holdAll(foundations, hold), fetching);
    const own = Object.entries(recipe.arguments ?? {}).map(([argument, value]) => `${argument}=${value}`);
    const folder = path.join(scratch, "context");
    await fillContext(folder, { ...recipe, dockerfile }, downloads, name);
    await step(log, `building ${image}`, recipe.seconds, () =>
      dockerBuild({ folder, tag, buildArguments: [...buildArguments, ...own], name, logFile }),
    );
  });
}

/** What the engine's builder is given. */
interface DockerBuild {
  folder: string;
  tag: string;
  /** `NAME=value` each. */
  buildArguments: string[];
  name: string;
  logFile: string;
}

async function holdAll(foundations: string[], hold: Hold): Promise<string[]> {
  const holding = foundations.map(async (argument) => `${argument}=${await hold(argument)}`);
  await Promise.allSettled(holding);
  return Promise.all(holding);
}

async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

async function dockerBuild({ folder, tag, buildArguments, name, logFile }: DockerBuild) {
  try {
    const label = ["--label", `${imageLabel}=${name}`];
    const values = buildArguments.flatMap((argument) => ["--build-arg", argument]);
    await docker(["build", "--force-rm", "--tag", tag, ...label, ...values, folder], {
      env: await builderVariables(),
      onLine: (line) => fs.appendFileSync(logFile, `${line}\n`),
    });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new Error(`building ${name} failed:\n${lastLines(logFile)}\nAll it wrote: ${logFile}`, {
      cause: error,
    });
  } finally {
    await sweep(name);
  }
}

/**
 * The engine's own builder, whichever the CLI uses, legacy or BuildKit: another builder, in a container of its own, sees
 * none of the engine's images, on which these stand. No attestations: they make of an image an index of two.
 */
async function builderVariables(): Promise<NodeJS.ProcessEnv> {
  const context = (await docker(["context", "show"]).catch(() => "default")).trim();
  return {
    BUILDX_BUILDER: context === "" ? "default" : context,
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    BUILDKIT_PROGRESS: "plain",
    DOCKER_CLI_HINTS: "false",
  };
}
