import type { Topology } from "../../../topology";
import { allServices } from "../../../topology/services";
import type { FoundContainer } from "../objects";

/**
 * The generated passwords that running containers were given, by their names in the topology: every one is in the
 * environment of the service that uses it.
 */
export function passwordsInUse(
  topology: Topology,
  containers: ReadonlyMap<string, FoundContainer>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { containerName, environment } of allServices(topology)) {
    const given = containers.get(containerName)?.Config.Env ?? [];
    for (const [variable, value] of Object.entries(environment)) {
      if (typeof value === "string" || !("secret" in value)) continue;
      const text = given.find((entry) => entry.startsWith(`${variable}=`))?.slice(variable.length + 1);
      // The first is the server that checks the password, which stands before those that use it.
      if (text && !found.has(value.secret)) found.set(value.secret, text);
    }
  }
  return found;
}
