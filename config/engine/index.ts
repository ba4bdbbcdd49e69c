import type { Topology } from "../../topology";
import { type Problem, SettingsError } from "../errors";
import type { Settings } from "../schema";
import { elsewhere } from "./elsewhere";
import { missingGpus } from "./gpus";
import { logsElsewhere } from "./logs";
import { takenNames } from "./names";
import { takenAddresses, takenRanges } from "./networks";
import { missingPaths } from "./paths";
import { takenPorts } from "./ports";
import { missingProcessors } from "./processors";
import { type EngineView, engineView, hasStack } from "./view";

/**
 * Refuses what the engine would refuse in the middle of an update, before anything is registered: names, ports, ranges of addresses,
 * files, GPUs and processors that it does not have to give. An engine that can't be asked is not refused here.
 *
 * A preview may run beside another engine than the stack's. Where this one has nothing of the stack, it only warns.
 * @param warn given by a preview.
 * @throws SettingsError
 */
export async function engineTakes(
  topology: Topology,
  settings: Settings,
  warn?: (text: string) => void,
): Promise<void> {
  const view = await engineView();
  const problems = await engineProblems(view, topology, settings);
  if (problems.length === 0) return;
  const refusal = new SettingsError(topology.stack, problems);
  if (!warn || (view && hasStack(view, topology.stack))) throw refusal;
  warn(`${elsewhere}\n${refusal.message}`);
}

async function engineProblems(
  view: EngineView | undefined,
  topology: Topology,
  settings: Settings,
): Promise<Problem[]> {
  return [
    ...(view
      ? [
          ...takenNames(view, topology, settings),
          ...takenRanges(view, topology, settings),
          ...takenAddresses(view, topology),
          ...missingGpus(view, topology),
          ...missingProcessors(view, topology),
          ...logsElsewhere(view, topology),
        ]
      : []),
    ...missingPaths(topology, settings),
    ...(await takenPorts(topology)),
  ];
}
