import { isLocked } from "../imaging/packages/lock-file";
import { hostedImage, hostedPackage } from "../topology/tekup/hosted";
import { type Problem, SettingsError } from "./errors";
import type { Settings } from "./schema";

/**
 * Refuses servers whose packages are not locked, before anything is registered: what they need is found out by the set-up,
 * as the program never asks a registry.
 * @throws SettingsError
 */
export function packagesLocked(stack: string, { system, servers }: Settings): void {
  if (system !== "tekup") return;
  const unlocked = Object.entries(servers).filter(([, server]) => !isLocked(hostedImage(server)));
  const problems = unlocked.map(([name, server]): Problem => {
    const { registry, specifier } = hostedPackage(server);
    return {
      key: `mcp:servers.${name}.${registry}`,
      value: `"${specifier}"`,
      wrong:
        "is not locked: nothing says which versions of what it needs are meant; the lock file in images/locks/ is to be committed",
      fix: `npm run setup -- --stack ${stack}`,
    };
  });
  if (problems.length > 0) throw new SettingsError(stack, problems);
}
