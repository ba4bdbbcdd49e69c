import type { Settings } from "../../config/schema";
import type { ServiceTemplate } from "../service";

/** Where a server's container has the sources that it follows, as the image's reload.js expects them. */
const sourcesPath = "/sources";

/** What of the project's folder a server is made from. */
const folders = ["services", "node_modules"];

/**
 * A server that follows its sources: they are mounted from the project's folder, and a save starts its program anew, in
 * the container that there is. Without the setting it is what its image holds.
 */
export function following(template: ServiceTemplate, { reload }: Settings): ServiceTemplate {
  if (!reload) return template;
  return {
    ...template,
    // A process 1 for whatever the program leaves behind as it is ended.
    init: true,
    entrypoint: ["node", "/app/reload.js"],
    command: [sourcesPath, `services/${template.behindGateway}/src/main.ts`],
    binds: [
      ...(template.binds ?? []),
      ...folders.map((folder) => ({
        source: { project: folder },
        path: `${sourcesPath}/${folder}`,
        readOnly: true,
      })),
    ],
    // The first bundle is made as it starts.
    probe: { ...template.probe, startPeriod: 60 },
  };
}
