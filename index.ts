import { log, runtime } from "@pulumi/pulumi";
import { engineTakes } from "./config/engine";
import { chosenImageSource } from "./config/image-source";
import { packagesLocked } from "./config/locked-packages";
import { loadSettings } from "./config/load";
import { reportProblems } from "./config/report";
import { sayAbsent } from "./components/absent";
import { Environment } from "./components/environment";
import { underPolicies } from "./policy/guard";
import { stackPolicies } from "./policy/settings";
import { buildTopology } from "./topology";

/** Settings → topology → components → outputs; everything that can be refused is refused before the third step. */
export = (): Promise<Record<string, unknown>> =>
  reportProblems(async () => {
    const { stack, settings } = loadSettings();
    const imageSource = chosenImageSource(settings.imageSource);
    const topology = buildTopology(stack, settings, imageSource);
    packagesLocked(stack, settings);
    await engineTakes(topology, settings, runtime.isDryRun() ? (text) => void log.warn(text) : undefined);
    sayAbsent(topology);
    return underPolicies(
      stack,
      stackPolicies(settings),
      (options) => new Environment({ topology, settings, imageSource }, options),
    ).outputs;
  });
