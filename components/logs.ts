import { lineLabels } from "../observability/log-shipping";
import type { ContainerLogs } from "../topology";

/** The options of the engine's own kind of log. */
export function logOptions({ maxSizeMiB, files, named }: ContainerLogs): Record<string, string> {
  return {
    "max-size": `${maxSizeMiB}m`,
    "max-file": String(files),
    ...(named ? { labels: Object.values(lineLabels).join(","), tag: "{{.Name}}" } : {}),
  };
}
