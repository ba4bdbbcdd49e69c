import type { Service } from "../../host/program";
import { Roots } from "./confined/roots";
import { Writer } from "./confined/writer";
import { Quota } from "./quota";
import { registerQuotaMetrics } from "./quota-metrics";
import { serverFactory } from "./server";
import { readSettings } from "./settings";

/** The service of the folders that the environment names. */
export async function openService(environment: NodeJS.ProcessEnv, version: string): Promise<Service> {
  const settings = readSettings(environment);
  const roots = await Roots.open(settings.readable, settings.writable);
  const quotas = new Map(
    roots.list.filter(({ writable }) => writable).map(({ root }) => [root, new Quota(root, settings.quota)]),
  );
  return {
    createServer: serverFactory({ roots, writer: new Writer(quotas), settings }, version),
    checks: { roots: () => roots.check() },
    registerMetrics: (registry) => registerQuotaMetrics(registry, quotas),
    close: () => roots.close(),
  };
}
