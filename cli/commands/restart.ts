import type { Usage } from "../arguments";
import { namedServices, wantsAll } from "../operate/fleet";
import { restartServices } from "../operate/lifecycle";

/** What it takes. */
export const usage = {
  summary: "restarts services, all where none is named, and waits until each is healthy",
  words: "SERVICE …",
  flags: { yes: "asks nothing" },
} as const satisfies Usage;

/** `npm run restart`: restarts services, all where none is named, tier by tier, and waits until each is healthy again. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services, given } = await namedServices(args, usage);
  if (!(await wantsAll(given, `This restarts all ${services.length} services of "${given.stack}".`)))
    return 1;
  await restartServices(fleet, services);
  return 0;
}
