import type { ServerSettings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import type { Replica } from "./replica";
import { MessageTooLong } from "../protocol/sse";
import type { Replicas } from "./replicas";
import { WireError } from "./wire";

/** What all of a server's parts share. */
export interface ServerContext {
  name: string;
  settings: ServerSettings;
  /** Path of the server's endpoint. */
  path: string;
  replicas: Replicas;
  /** Longest message that is read whole, in bytes. */
  messageBytes: number;
}

/** The replica that a session is on, while it is there, else the one with the least to do. */
export function replicaFor({ replicas, name }: ServerContext, preferred?: string): Replica {
  const replica = (preferred !== undefined && replicas.find(preferred)) || replicas.pick();
  if (!replica) throw unavailable(name, "none of its addresses is known");
  return replica;
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
