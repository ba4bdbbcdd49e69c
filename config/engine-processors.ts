import { askEngine } from "../engine/api";
import type { Topology } from "../topology";
import { allServices } from "../topology/services";
import { type Problem, SettingsError } from "./errors";

/**
 * Refuses a limit of more processors than the engine has, which it would refuse in the middle of an update. An engine that can't
 * be asked is not refused here. Only an update asks: a preview may run beside another engine than the stack's.
 * @throws SettingsError
 */
export async function engineHasProcessors(topology: Topology): Promise<void> {
  const limited = allServices(topology).filter(
    ({ cpus, replicaOf }) => cpus !== undefined && replicaOf === undefined,
  );
  if (limited.length === 0) return;
  const info = await askEngine<{ NCPU: number }>("/info").catch(() => undefined);
  if (info === undefined) return;
  const { NCPU: most } = info;
  const problems = limited.flatMap(({ name, cpus = 0 }): Problem[] => {
    if (cpus <= most) return [];
    const key = `mcp:services.${name}.cpus`;
    const wrong = `is more than the ${most} processor${most === 1 ? "" : "s"} of the engine's machine`;
    return [{ key, value: String(cpus), wrong, fix: `pulumi config set --path '${key}' ${most}` }];
  });
  if (problems.length > 0) throw new SettingsError(topology.stack, problems);
}
