import type { ServerSettings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Replica } from "./replica";
import { MessageTooLong } from "../protocol/sse";
import type { ResultCache } from "./cache";
import type { Groups } from "./groups";
import type { Repeatable } from "./repeatable";
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
  /** Which calls may be made again where an answer broke off. */
  repeatable: Repeatable;
  /** Ends as the server is taken away. */
  ended: AbortSignal;
}

/**
 * The replica that a session is on, while it is there, else the one with the least to do in a group whose turn it is.
 */
export function replicaFor(context: ServerContext, preferred?: string): Replica {
  const { replicas } = context;
  const replica = (preferred !== undefined && replicas.find(preferred)) || replicas.pick();
  if (!replica) throw noReplica(context);
  return replica;
}

/** The error of a server that has no replica to be asked. */
export function noReplica({ replicas, name }: ServerContext): RpcError {
  const count = replicas.all.length;
  const why =
    count === 0
      ? "its name has no address"
      : `none of its ${count} replicas is in use, in a group with a weight above 0`;
  return unavailable(name, why);
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
