import type { Usage } from "../arguments";
import { commandLine } from "../operate/command-line";
import { namedServices, wantsAll } from "../operate/fleet";
import { stopServices } from "../operate/lifecycle";

/** What it takes. */
export const usage = {
  summary: "stops services, all where none is named; they stay stopped",
  words: "SERVICE …",
  flags: { yes: "asks nothing" },
} as const satisfies Usage;

/** `npm run stop`: stops services, all where none is named; they stay stopped until somebody starts them. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services, given } = await namedServices(args, usage);
  if (!(await wantsAll(given, `This stops all ${services.length} services of "${given.stack}".`))) return 1;
  await stopServices(fleet, services);
  console.log(`They stay stopped until: ${commandLine("start", fleet.stack, given.words)}`);
  return 0;
}
