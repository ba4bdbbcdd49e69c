import { namedServices } from "../operate/fleet";
import { startServices } from "../operate/lifecycle";
import { type Usage } from "../arguments";

/** What it takes. */
export const usage = {
  summary: "starts what was stopped, all where nothing is named",
  words: "SERVICE …",
} as const satisfies Usage;

/** `npm run start`: starts services that were stopped, all where none is named, tier by tier, and waits for their health. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services } = await namedServices(args, usage);
  await startServices(fleet, services);
  return 0;
}
