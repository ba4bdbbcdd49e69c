import * as fs from "node:fs";
import * as path from "node:path";
import { docker, DockerError } from "../engine/docker";
import { bootstrapDebian } from "./bootstrap";
import { bundle } from "./bundle";
import { cacheFolder, projectRoot, withScratch } from "./cache";
import { lastLines } from "./command";
import { ensureDownload } from "./downloads";
import { buildLabel, sweep } from "./engine-image";
import { copyFiles, listFiles } from "./files";
import type { Recipe } from "./recipe";
import { step } from "./step";
import type { Log } from "./types";

/** An image's build: what it makes and what it stands on. */
export interface Build {
  image: string;
  key: string;
  /** The name it gets in the engine. */
  tag: string;
  recipe: Recipe;
  /** Brings the base into the engine, at most once, and gives the name it has there as long as the build runs. */
  base: () => Promise<string>;
  log: Log;
}

/** Makes an image and leaves it in the engine under its tag, and nothing else there. */
export async function build({ image, key, tag, recipe, base, log }: Build): Promise<void> {
  const logFile = path.join(cacheFolder("logs"), `${image}-${key}.log`);
  fs.writeFileSync(logFile, "");
  await withScratch(async (scratch) => {
    const { dockerfile } = recipe;
    if (dockerfile === undefined) {
      await step(log, `bootstrapping ${image}`, recipe.seconds, () =>
        bootstrapDebian(scratch, tag, key, logFile),
      );
      return;
    }
    const downloading = (recipe.downloads ?? []).map((one) =>
      ensureDownload(one, log, { logFile, toolImage: base }),
    );
    // Side by side, and all of them waited for: nothing may go on in the background after a failure.
    const results = await Promise.allSettled([base(), ...downloading]);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason as Error;
    const downloads = (await Promise.all(downloading)).flat();
    const context = path.join(scratch, "context");
    copyFiles([...listFiles(recipe.files), ...downloads], context);
    if (recipe.bundle) await bundle(recipe.bundle, recipe.files, context);
    const source = fs.readFileSync(path.join(projectRoot, dockerfile), "utf8");
    fs.writeFileSync(path.join(context, "Dockerfile"), labelStages(source, key));
    await step(log, `building ${image}`, recipe.seconds, async () =>
      dockerBuild(context, tag, await base(), key, logFile),
    );
  });
}

/**
 * Labels every stage of a Dockerfile right at its start, so that all a build makes, even one cut short, can be told from
 * everybody else's and swept away.
 */
export function labelStages(dockerfile: string, key: string): string {
  return dockerfile.replace(/^FROM .*$/gim, (from) => `${from}\nLABEL ${buildLabel}=${key}`);
}

async function dockerBuild(context: string, tag: string, base: string, key: string, logFile: string) {
  try {
    await docker(["build", "--force-rm", "--tag", tag, "--build-arg", `BASE=${base}`, context], {
      env: await builderVariables(),
      onLine: (line) => fs.appendFileSync(logFile, `${line}\n`),
    });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new Error(`building ${tag} failed:\n${lastLines(logFile)}\nAll it wrote: ${logFile}`, {
      cause: error,
    });
  } finally {
    await sweep(key);
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
