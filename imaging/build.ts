import * as fs from "node:fs";
import * as path from "node:path";
import { docker, DockerError } from "../engine/docker";
import { bootstrapDebian } from "./bootstrap";
import { cacheFolder, withScratch } from "./cache";
import { lastLines } from "./command";
import { fetchDownloads, fillContext } from "./context";
import { engineArchitecture, imageLabel, sweep } from "./engine-image";
import type { Recipe } from "./recipe";
import { step } from "./step";
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
  /** Brings the base into the engine, at most once, and gives the name it has there as long as the build runs. */
  base: () => Promise<string>;
  log: Log;
}

/** Makes an image and leaves it in the engine under its tag, and nothing else there. */
export async function build({ image, name, tag, recipe, base, log }: Build): Promise<void> {
  const logFile = path.join(cacheFolder("logs"), `${name}.log`);
  fs.writeFileSync(logFile, "");
  const architecture = await engineArchitecture();
  const { dockerfile } = recipe;
  await withScratch(async (scratch) => {
    if (dockerfile === undefined) {
      if (architecture !== buildArchitecture)
        throw new Error(
          `the image source "build" makes images for ${buildArchitecture}, and the engine is ${architecture}: ` +
            'set it to "registry"',
        );
      await step(log, `bootstrapping ${image}`, recipe.seconds, () =>
        bootstrapDebian(scratch, tag, name, logFile),
      );
      return;
    }
    // The base and the downloads side by side, and both waited for: nothing may go on after a failure.
    const fetching = fetchDownloads(recipe, log, { logFile, architecture, toolImage: base });
    const [baseTag, downloads] = await both(base(), fetching);
    const folder = path.join(scratch, "context");
    await fillContext(folder, { ...recipe, dockerfile }, downloads, name);
    await step(log, `building ${image}`, recipe.seconds, () =>
      dockerBuild(folder, tag, baseTag, name, logFile),
    );
  });
}

async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

async function dockerBuild(folder: string, tag: string, base: string, name: string, logFile: string) {
  try {
    const label = ["--label", `${imageLabel}=${name}`];
    await docker(["build", "--force-rm", "--tag", tag, ...label, "--build-arg", `BASE=${base}`, folder], {
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
