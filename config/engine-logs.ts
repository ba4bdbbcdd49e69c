import { join } from "node:path";
import { askEngine } from "../engine/api";
import type { Topology } from "../topology";
import { containersFolder, hasLogStore } from "../topology/logs";
import { allServices } from "../topology/services";
import { SettingsError } from "./errors";

/**
 * Refuses a log store where the engine keeps the logs of containers in another folder than the one that its shipper reads: it
 * would stay empty. An engine that can't be asked is not refused here. Only an update asks: a preview may run beside another
 * engine than the stack's.
 * @throws SettingsError
 */
export async function engineKeepsLogs(topology: Topology): Promise<void> {
  if (!hasLogStore(allServices(topology))) return;
  const info = await askEngine<{ DockerRootDir: string }>("/info").catch(() => undefined);
  const folder = info && join(info.DockerRootDir, "containers");
  if (folder === undefined || folder === containersFolder) return;
  const key = "mcp:logs.retentionDays";
  const wrong = `asks for a log store, which reads ${containersFolder}, and the engine keeps its logs in ${folder}`;
  const value = "above 0";
  throw new SettingsError(topology.stack, [
    { key, value, wrong, fix: `pulumi config set --path '${key}' 0 (then there is no store)` },
  ]);
}
