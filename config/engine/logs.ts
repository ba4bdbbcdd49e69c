import { join } from "node:path";
import type { Topology } from "../../topology";
import { containersFolder, hasLogStore } from "../../topology/logs";
import { allServices } from "../../topology/services";
import { type Problem, setCommand } from "../errors";
import type { EngineView } from "./view";

/**
 * A log store where the engine keeps the logs of containers in another folder than the one that its shipper reads: it would
 * stay empty.
 */
export function logsElsewhere({ info }: EngineView, topology: Topology): Problem[] {
  const folder = join(info.DockerRootDir, "containers");
  if (!hasLogStore(allServices(topology)) || folder === containersFolder) return [];
  const key = "mcp:logs.retentionDays";
  const wrong = `asks for a log store, which reads ${containersFolder}, and the engine keeps its logs in ${folder}; 0 is no store`;
  return [{ key, value: "above 0", wrong, fix: setCommand(key, 0) }];
}
