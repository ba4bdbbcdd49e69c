import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createLogger, type Logger } from "../../host/log";
import type { Service } from "../../host/program";
import { Roots } from "../../filesystem/src/confined/roots";
import { Queue } from "../../host/queue";
import { registerIndexMetrics } from "./index-metrics";
import { serverFactory } from "./server";
import { readSettings } from "./settings";

/** The service of the folders that the environment names. */
export async function openService(
  environment: NodeJS.ProcessEnv,
  version: string,
  log: Logger = createLogger("error"),
): Promise<Service> {
  const settings = readSettings(environment);
  const roots = await Roots.open(settings.roots, []);
  const queue = new Queue(settings.concurrency);
  const { semantic, ripgrep } = settings;
  // What is native, and a hundred megabytes, is loaded only where it is used.
  const index =
    semantic && (await (await import("./semantic/open.js")).openIndex(roots, semantic, ripgrep, log));
  index?.follow();
  return {
    createServer: serverFactory({ roots, queue, settings: ripgrep, ...(index ? { index } : {}) }, version),
    checks: {
      roots: () => roots.check(),
      ripgrep: async () => void (await promisify(execFile)(ripgrep.program, ["--version"])),
    },
    ...(index ? { registerMetrics: (registry) => registerIndexMetrics(registry, index) } : {}),
    close: async () => {
      await index?.close();
      await roots.close();
    },
  };
}
