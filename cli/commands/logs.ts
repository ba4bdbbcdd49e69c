import { hasLogStore, logStoreName } from "../../topology/logs";
import { allServices } from "../../topology/services";
import { commandArguments, type Usage } from "../arguments";
import { commandLine } from "../operate/command-line";
import type { FleetContainer } from "../operate/containers";
import { stackContainers } from "../operate/fleet";
import { type ServiceLine, union } from "../operate/logs/merge";
import { checkRange, type RangeOptions } from "../operate/logs/range";
import { followStack, readHistory } from "../operate/logs/read";
import { askStore, type StoreQuestion } from "../operate/logs/store";
import { lineFormat } from "../operate/logs/text";
import { chosenServices } from "../operate/services";
import { describeStack } from "../stack-file";

/** What it takes. */
export const usage = {
  summary: "prints what services logged, in the order of time",
  words: "SERVICE …",
  flags: {
    follow: "goes on as lines come",
    timestamps: "with the time of each line",
  },
  options: {
    since: ["TIME", "from then on, as 10m or 2026-11-30T12:00:00Z"],
    until: ["TIME", "up to then"],
    tail: ["N", "the last lines of each service"],
    trace: ["ID", "the lines of one call, whichever services it went through"],
  },
} as const satisfies Usage;

/**
 * `npm run logs`: what services logged, all where none is named, in the order of time; with `--trace ID` the
 * lines that belong to one call, whichever services it went through. `--follow` goes on, over restarts
 * and replacements of containers, until it is interrupted. What is looked for by its trace or its time comes from the stack's
 * log store as well, where there is one: it knows containers that are no more.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  checkRange(given);
  const { topology } = describeStack(given);
  const services = chosenServices(topology, given.words);
  const containers = await stackContainers(given, topology);
  const sources = services.flatMap(({ name }) => {
    const container = containers.get(name);
    return container ? [{ service: name, id: container.Id }] : [];
  });
  const stored =
    hasLogStore(allServices(topology)) && wantsStore(given)
      ? await storedLines(containers.get(logStoreName), {
          ...given,
          services: given.words.length > 0 ? services.map(({ name }) => name) : [],
        })
      : [];
  if (sources.length === 0 && stored.length === 0 && !given.follow) {
    console.error(`There is no container to read the log of. Make it with: ${commandLine("up", given)}`);
    return 1;
  }
  const names = [...services.map(({ name }) => name), ...stored.map(({ service }) => service)];
  const format = lineFormat([...new Set(names)], given.timestamps);
  let shown = 0;
  const show = (line: ServiceLine) => {
    if (given.trace && !line.text.includes(given.trace)) return;
    shown += 1;
    console.log(format(line));
  };
  process.stdout.on("error", () => process.exit(0)); // a reader that has seen enough, such as head
  const { lines, last } = await readHistory(sources, given);
  union(lines, stored).forEach(show);
  if (given.follow) await followStack({ stack: given.stack, services, sources, last, show });
  if (given.trace === undefined || shown > 0 || given.follow) return 0;
  const looked = sources.map(({ service }) => service);
  console.error(nothingOf({ ...given, services: looked }, hasLogStore(allServices(topology))));
  return 1;
}

/** That no line has a trace, and where such lines were looked for. */
function nothingOf({ trace, services, since, until }: StoreQuestion, hasStore: boolean): string {
  const range = [since && `since ${since}`, until && `until ${until}`].filter(Boolean).join(" ");
  return [
    `No line has the trace ${trace}.`,
    `Looked through what these containers logged${range && `, ${range}`}: ${services.join(", ") || "none"}.`,
    "A call is logged with its trace where it comes with a traceparent, in its _meta or as a header.",
    ...(hasStore ? [] : ["What a container logged goes when it is replaced."]),
  ].join(" ");
}

/** The store is asked for a part of the past that is named; the latest lines, and those to come, are the engine's to tell. */
function wantsStore({ trace, since, tail, follow }: RangeOptions): boolean {
  return (trace !== undefined || since !== undefined) && tail === undefined && !follow;
}

/** What the log store has; says where lines come from. */
async function storedLines(
  container: FleetContainer | undefined,
  question: StoreQuestion,
): Promise<ServiceLine[]> {
  try {
    if (container?.State.Status !== "running") throw new Error("it does not run");
    const lines = await askStore(container.Id, question);
    console.error("Lines are the log store's, and the engine's of the containers that there are.");
    return lines;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(
      `Lines are the engine's alone, of the containers that there are: the log store gives no answer: ${why}`,
    );
    return [];
  }
}
