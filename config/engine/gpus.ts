import type { Topology } from "../../topology";
import { allServices } from "../../topology/services";
import { type Problem, removeCommand } from "../errors";
import type { EngineInfo, EngineView } from "./view";

/** GPUs that the engine can't give. */
export function missingGpus({ info }: EngineView, topology: Topology): Problem[] {
  const asking = allServices(topology).filter(({ gpus }) => gpus !== undefined);
  if (asking.length === 0 || offersGpus(info)) return [];
  return asking.map(({ name, gpus }): Problem => {
    const key = `mcp:services.${name}.gpus`;
    const wrong =
      "asks for what the engine does not have: it knows no NVIDIA runtime and no CDI device " +
      "(with GPUs in the machine, install the NVIDIA container toolkit and restart the engine)";
    return { key, value: `"${gpus}"`, wrong, fix: removeCommand(key) };
  });
}

/** Whether an engine can hand GPUs to containers. */
export function offersGpus({
  Runtimes = {},
  DiscoveredDevices,
}: Pick<EngineInfo, "Runtimes" | "DiscoveredDevices">): boolean {
  return "nvidia" in Runtimes || (DiscoveredDevices ?? []).some(({ ID }) => /gpu/i.test(ID));
}
