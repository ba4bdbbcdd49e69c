import type { Settings } from "../../config/schema";
import { type ServiceTemplate, settingsOf } from "../service";

/** A service and its further replicas, each a container of its own behind the first one's name. */
export function withReplicas(template: ServiceTemplate, settings: Settings): ServiceTemplate[] {
  const { replicas = 1 } = settingsOf(template, settings);
  const further = Array.from({ length: replicas - 1 }, (_, index) => index + 2);
  return [
    template,
    ...further.map((replica) => ({
      ...template,
      name: `${template.name}-${replica}`,
      replicaOf: template.name,
      replica,
      offset: template.offset + replica - 1,
      // What can be made again is made by each for itself; data they share.
      volumes: template.volumes.map((mount) =>
        mount.cache ? { ...mount, volume: `${mount.volume}-${replica}` } : mount,
      ),
    })),
  ];
}
