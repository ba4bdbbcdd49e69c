import { type LogRange, readLog } from "../../../engine/logs";
import { watchStarts } from "../../../engine/starts";
import type { Service } from "../../../topology";
import { stackFilter } from "../containers";
import { Follower, type LogSource } from "./follow";
import { byTime, type ServiceLine, Sorter } from "./merge";

/** What was logged so far. */
export interface History {
  lines: ServiceLine[];
  /** Time up to which each container's lines are known, by its ID. */
  last: Map<string, string>;
}

/** Reads what the containers logged so far, in the order of time. */
export async function readHistory(
  sources: readonly LogSource[],
  { since, until, tail }: LogRange,
): Promise<History> {
  const began = new Date().toISOString().replace("Z", "000000Z"); // as long as the engine's, to be compared as text
  const last = new Map<string, string>();
  const logs = sources.map(async ({ id, service }) => {
    const lines: ServiceLine[] = [];
    await readLog(id, { since, until, tail }, (line) => lines.push({ service, ...line }));
    const sorted = byTime(lines); // standard output and error come side by side
    last.set(id, sorted.at(-1)?.time ?? began);
    return sorted;
  });
  return { lines: byTime((await Promise.all(logs)).flat()), last };
}

/** What is followed, and from where on. */
export interface FollowRequest extends Pick<History, "last"> {
  stack: string;
  services: readonly Service[];
  /** The containers that the services have now. */
  sources: readonly LogSource[];
  show: (line: ServiceLine) => void;
}

/** Shows what services log from now on, over restarts and replacements of their containers, until it is interrupted. */
export async function followStack({ stack, services, sources, last, show }: FollowRequest): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const sorter = new Sorter(show);
  const follower = new Follower(last, (service, line) => sorter.add({ service, ...line }), ended.signal);
  const names = new Map(services.map(({ containerName, name }) => [containerName, name]));
  try {
    await new Promise<void>((resolve, reject) => {
      const follow = (source: LogSource) => void follower.follow(source).catch(reject);
      const onStart = ({ id, name }: { id: string; name: string }) => {
        const service = names.get(name);
        if (service) follow({ id, service });
      };
      sources.forEach(follow);
      ended.signal.addEventListener("abort", () => resolve());
      watchStarts(stackFilter(stack), onStart, ended.signal).then(resolve, reject);
    });
  } finally {
    ended.abort();
    sorter.flush();
  }
}
