import { SettingsError } from "../config/errors";
import type { Settings } from "../config/schema";
import type { ImageSource } from "../imaging/types";
import { checkTopology } from "./checks";
import { devcontainerServices, devcontainerTopology } from "./devcontainer";
import { withoutAbsent } from "./presence";
import type { ServiceTemplate } from "./service";
import { tekupServices, tekupTopology } from "./tekup";
import type { AbsentService, Topology } from "./types";

export type * from "./types";

/** A system: the services that settings may name, and the topology that is made of those that can be had. */
interface System {
  services: (settings: Settings, source: ImageSource) => ServiceTemplate[];
  build: (
    stack: string,
    settings: Settings,
    templates: readonly ServiceTemplate[],
    absent: AbsentService[],
  ) => Topology;
}

const systems: Record<Settings["system"], System> = {
  devcontainer: { services: devcontainerServices, build: devcontainerTopology },
  tekup: { services: tekupServices, build: tekupTopology },
};

/**
 * The topology that a stack's settings describe, with images from that source.
 * @throws SettingsError where settings contradict each other or the system they are for.
 */
export function buildTopology(stack: string, settings: Settings, source: ImageSource): Topology {
  const system = systems[settings.system];
  const templates = system.services(settings, source);
  const { present, absent } = withoutAbsent(templates, source, stack);
  const topology = system.build(stack, settings, present, absent);
  const problems = checkTopology(topology, templates, settings);
  if (problems.length > 0) throw new SettingsError(stack, problems);
  return topology;
}
