import { SettingsError } from "../config/errors";
import type { Settings } from "../config/schema";
import { checkTopology } from "./checks";
import { devcontainerServices, devcontainerTopology } from "./devcontainer";
import { tekupTopology } from "./tekup";
import type { Topology } from "./types";

export type * from "./types";

/** Each system: how its topology is made, and the services that settings may name. */
const builders = {
  devcontainer: { build: devcontainerTopology, services: devcontainerServices },
  tekup: { build: tekupTopology, services: [] },
};

/**
 * The topology that a stack's settings describe.
 * @throws SettingsError where settings contradict each other or the system they are for.
 */
export function buildTopology(stack: string, settings: Settings): Topology {
  const { build, services } = builders[settings.system];
  const topology = build(stack, settings);
  const problems = checkTopology(topology, services, settings);
  if (problems.length > 0) throw new SettingsError(stack, problems);
  return topology;
}
