import { namedServices } from "../operate/fleet";
import { restartServices } from "../operate/lifecycle";

/** `npm run restart`: restarts services, all where none is named, tier by tier, and waits until each is healthy again. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services } = await namedServices(args);
  await restartServices(fleet, services);
  return 0;
}
