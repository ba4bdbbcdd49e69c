import { namedServices } from "../operate/fleet";
import { startServices } from "../operate/lifecycle";

/** `npm run start`: starts services that were stopped, all where none is named, tier by tier, and waits for their health. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services } = await namedServices(args);
  await startServices(fleet, services);
  return 0;
}
