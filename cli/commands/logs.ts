import { commandArguments } from "../arguments";
import { commandLine } from "../operate/command-line";
import { stackContainers } from "../operate/fleet";
import type { ServiceLine } from "../operate/logs/merge";
import { checkRange } from "../operate/logs/range";
import { followStack, readHistory } from "../operate/logs/read";
import { lineFormat } from "../operate/logs/text";
import { chosenServices } from "../operate/services";
import { describeStack } from "../stack-file";

/**
 * `npm run logs`: what services logged, all where none is named, in the order of time. `--follow` goes on, over restarts
 * and replacements of containers, until it is interrupted.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, {
    flags: ["follow", "timestamps"],
    options: ["since", "until", "tail"],
    words: "services",
  });
  checkRange(given);
  const { topology } = describeStack(given);
  const services = chosenServices(topology, given.words);
  const containers = await stackContainers(given, topology);
  const sources = services.flatMap(({ name }) => {
    const container = containers.get(name);
    return container ? [{ service: name, id: container.Id }] : [];
  });
  if (sources.length === 0 && !given.follow) {
    console.error(`There is no container to read the log of. Make it with: ${commandLine("up", given)}`);
    return 1;
  }
  const format = lineFormat(
    services.map(({ name }) => name),
    given.timestamps,
  );
  const show = (line: ServiceLine) => console.log(format(line));
  process.stdout.on("error", () => process.exit(0)); // a reader that has seen enough, such as head
  const { lines, last } = await readHistory(sources, given);
  lines.forEach(show);
  if (given.follow) await followStack({ stack: given.stack, services, sources, last, show });
  return 0;
}
