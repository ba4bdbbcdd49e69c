import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Service } from "../../host/program";
import { Roots } from "../../filesystem/src/confined/roots";
import { Queue } from "../../host/queue";
import { serverFactory } from "./server";
import { readSettings } from "./settings";

/** The service of the folders that the environment names. */
export async function openService(environment: NodeJS.ProcessEnv, version: string): Promise<Service> {
  const settings = readSettings(environment);
  const roots = await Roots.open(settings.roots, []);
  const queue = new Queue(settings.concurrency);
  return {
    createServer: serverFactory({ roots, queue, settings: settings.ripgrep }, version),
    checks: {
      roots: () => roots.check(),
      ripgrep: async () => void (await promisify(execFile)(settings.ripgrep.program, ["--version"])),
    },
    close: () => roots.close(),
  };
}
