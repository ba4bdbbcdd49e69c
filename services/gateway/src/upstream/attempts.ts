import { setTimeout as sleep } from "node:timers/promises";
import { noReplica, type ServerContext } from "./context";
import type { Replica } from "./replica";
import { WireError } from "./wire";

/** So many replicas are tried at once, where a request can be made again. */
const mostTries = 3;

/** So often a request is made again that may have been begun: where two replicas end by chance, and not without end where it ends them. */
const mostRepeats = 2;

/** How often is looked whether a replica came back, in milliseconds. */
const everyMs = 50;

/** How something is done on a replica. */
export interface Attempt {
  /** Whether it may be done again where nobody knows how far it came. */
  repeatable: () => boolean | Promise<boolean>;
  /** Whether nobody waits for it any more. */
  givenUp: () => boolean;
  /** A replica whose group it is to stay in, while that can serve. */
  beside?: string;
}

/**
 * Does something on a replica, and on another one where that is safe: the first was never reached, or the request may
 * be repeated and nothing of an answer had come. It is repeated twice at most: what ends servers is not to end them forever.
 * Where there is no other, it waits for a server that answered a moment ago, as one does that is started again.
 */
export async function onReplica<T>(
  context: ServerContext,
  { repeatable, givenUp, beside }: Attempt,
  step: (replica: Replica) => Promise<T>,
): Promise<T> {
  const tried = new Set<Replica>();
  let failure: WireError | undefined;
  let waitsUntil: number | undefined;
  for (let repeats = 0; ;) {
    const replica = tried.size < mostTries ? context.replicas.pickBeside(beside, tried) : undefined;
    if (!replica) {
      waitsUntil ??= context.replicas.answeredAt + context.settings.absenceMs;
      const waits = performance.now() < waitsUntil && !givenUp() && !context.ended.aborted;
      if (!waits) throw failure ?? noReplica(context);
      await sleep(everyMs);
      tried.clear();
      continue;
    }
    try {
      return await step(replica);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.arrived && (repeats >= mostRepeats || !(await repeatable()))) throw error;
      if (error.arrived) repeats += 1;
      tried.add(replica);
      failure = error;
    }
  }
}
