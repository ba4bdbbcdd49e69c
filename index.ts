import { runtime } from "@pulumi/pulumi";
import { engineHasGpus } from "./config/engine-gpus";
import { engineKeepsLogs } from "./config/engine-logs";
import { engineNamesFree } from "./config/engine-names";
import { engineHasProcessors } from "./config/engine-processors";
import { hostPortsFree } from "./config/host-ports";
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
    await hostPortsFree(topology);
    await engineHasGpus(topology);
    if (!runtime.isDryRun()) {
      await engineNamesFree(topology, settings.namePrefix);
      await Promise.all([engineHasProcessors(topology), engineKeepsLogs(topology)]);
    }
    sayAbsent(topology);
    return underPolicies(
      stack,
      stackPolicies(settings),
      (options) => new Environment({ topology, settings, imageSource }, options),
    ).outputs;
  });
