import type { Topology } from "../../topology";
import { allServices } from "../../topology/services";
import { type Problem, setCommand } from "../errors";
import type { EngineView } from "./view";

/** Limits of more processors than the engine has. */
export function missingProcessors({ info: { NCPU: most } }: EngineView, topology: Topology): Problem[] {
  return allServices(topology).flatMap(({ name, replicaOf, cpus }): Problem[] => {
    if (cpus === undefined || cpus <= most || replicaOf !== undefined) return [];
    const key = `mcp:services.${name}.cpus`;
    const wrong = `is more than the ${most} processor${most === 1 ? "" : "s"} of the engine's machine`;
    return [{ key, value: String(cpus), wrong, fix: setCommand(key, most) }];
  });
}
