import { docker } from "../engine/docker";
import type { Topology } from "../topology";
import { allServices } from "../topology/services";
import { type Problem, SettingsError } from "./errors";

/**
 * Refuses GPUs that the engine can't give, before anything is registered. An engine that can't be asked is not refused:
 * a preview works without one.
 * @throws SettingsError
 */
export async function engineHasGpus(topology: Topology): Promise<void> {
  const asking = allServices(topology).filter(({ gpus }) => gpus !== undefined);
  if (asking.length === 0) return;
  const info = await docker(["info", "--format", "{{json .}}"]).catch(() => undefined);
  if (info === undefined || offersGpus(JSON.parse(info) as EngineInfo)) return;
  throw new SettingsError(
    topology.stack,
    asking.map(({ name, gpus }): Problem => {
      const key = `mcp:services.${name}.gpus`;
      const wrong =
        "asks for what the engine does not have: it knows no NVIDIA runtime and no CDI device " +
        "(with GPUs in the machine, install the NVIDIA container toolkit and restart the engine)";
      return { key, value: `"${gpus}"`, wrong, fix: `pulumi config rm --path '${key}'` };
    }),
  );
}

/** The part of `docker info` that tells of GPUs. */
export interface EngineInfo {
  Runtimes?: Record<string, unknown>;
  /** Since API 1.50. */
  DiscoveredDevices?: { ID: string }[] | null;
}

/** Whether an engine can hand GPUs to containers. */
export function offersGpus({ Runtimes = {}, DiscoveredDevices }: EngineInfo): boolean {
  return "nvidia" in Runtimes || (DiscoveredDevices ?? []).some(({ ID }) => /gpu/i.test(ID));
}
