import { commandLine } from "../operate/command-line";
import { namedServices } from "../operate/fleet";
import { stopServices } from "../operate/lifecycle";

/** `npm run stop`: stops services, all where none is named; they stay stopped until somebody starts them. */
export async function run(args: string[]): Promise<number> {
  const { fleet, services } = await namedServices(args);
  await stopServices(fleet, services);
  console.log(`They stay stopped until: ${commandLine("start", fleet.stack)}`);
  return 0;
}
