import type { ServerSettings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Replica } from "./replica";
import { MessageTooLong } from "../protocol/sse";
import type { ResultCache } from "./cache";
import type { Groups } from "./groups";
import { WireError } from "./wire";

/** What all of a server's parts share. */
export interface ServerContext {
  name: string;
  settings: ServerSettings;
  /** Path of the server's endpoint. */
  path: string;
  replicas: Groups;
  /** Longest message that is read whole, in bytes. */
  messageBytes: number;
  /** What the gateway keeps of results, of all servers. */
  cache: ResultCache;
  /** Ends as the server is taken away. */
  ended: AbortSignal;
}

/**
 * The replica that a session is on, while it is there, else the one with the least to do in a group whose turn it is.
 */
export function replicaFor({ replicas, name }: ServerContext, preferred?: string): Replica {
  const replica = (preferred !== undefined && replicas.find(preferred)) || replicas.pick();
  if (replica) return replica;
  const count = replicas.all.length;
  const why =
    count === 0
      ? "its name has no address"
      : `none of its ${count} replicas is in use, in a group with a weight above 0`;
  throw unavailable(name, why);
}

/** So many replicas are tried, where a request can be made again. */
const mostTries = 3;

/**
 * Does something on a replica, and on another one where that is safe: the first was never reached, or the request may
 * be repeated and nothing of an answer had come.
 * @param beside a replica whose group it is to stay in, while that can serve
 */
export async function onReplica<T>(
  context: ServerContext,
  repeatable: () => boolean,
  step: (replica: Replica) => Promise<T>,
  beside?: string,
): Promise<T> {
  const tried = new Set<Replica>();
  const another = () => context.replicas.pickBeside(beside, tried);
  let replica = another() ?? replicaFor(context);
  for (;;) {
    try {
      return await step(replica);
    } catch (error) {
      tried.add(replica);
      const again = error instanceof WireError && (!error.arrived || repeatable());
      const next = again && tried.size < mostTries ? another() : undefined;
      if (!next) throw error;
      replica = next;
    }
  }
}

/** The error of a server that can't be reached. */
export function unavailable(server: string, reason: string): RpcError {
  return new RpcError(errorCode.serverUnavailable, `${server} is not available: ${reason}`, 503, {
    server,
    reason,
  });
}

/** What went wrong with a server as an error that a client understands; any other stays what it is. */
export function asUnavailable(server: string, error: unknown): unknown {
  if (error instanceof WireError || error instanceof MessageTooLong)
    return unavailable(server, error.message);
  if (error instanceof SyntaxError) return unavailable(server, "its answer is not JSON");
  return error;
}
