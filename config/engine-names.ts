import { docker } from "../engine/docker";
import type { Topology } from "../topology";
import { allServices } from "../topology/services";
import { SettingsError } from "./errors";

/**
 * Refuses names that containers of another stack have on this engine, which would refuse them in the middle of an update. An
 * engine that can't be asked is not refused here. Only an update asks: a preview may run beside another engine than the
 * stack's.
 * @param namePrefix what the stack's names begin with.
 * @throws SettingsError
 */
export async function engineNamesFree(topology: Topology, namePrefix: string): Promise<void> {
  const others = await stacksByContainer().catch(() => new Map<string, string>());
  const taken = allServices(topology).flatMap(({ containerName: name }) => {
    const stack = others.get(name);
    return stack === undefined || stack === topology.stack ? [] : [{ name, stack }];
  });
  const [first] = taken;
  if (!first) return;
  const further = taken.length > 1 ? ` and ${taken.length - 1} more` : "";
  const wrong = `gives "${first.name}"${further}, which containers of the stack "${first.stack}" are called on this engine`;
  const key = "mcp:namePrefix";
  throw new SettingsError(topology.stack, [
    { key, value: JSON.stringify(namePrefix), wrong, fix: `pulumi config set ${key} ${topology.stack}-` },
  ]);
}

/** The stack of each container that is a stack's, by the container's name. */
async function stacksByContainer(): Promise<Map<string, string>> {
  const label = "dev.mcp.stack";
  const format = `{{.Names}}\t{{.Label "${label}"}}`;
  const lines = await docker(["ps", "--all", "--filter", `label=${label}`, "--format", format]);
  return new Map(lines.split("\n").map((line) => line.split("\t") as [string, string]));
}
