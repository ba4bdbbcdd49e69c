import type { Span } from "@opentelemetry/api";
import type { Policy } from "../access/policy";
import type { Id, Params } from "../protocol/jsonrpc";
import type { ClientFacts } from "../protocol/meta";
import type { Era } from "../protocol/versions";
import type { UpstreamSession } from "../session/session";

/** Something that a server asks of the client while a call runs. */
export interface Question {
  method: string;
  params?: Params;
}

/** One request of a client, in the server's own names, and the ways back to the client while it runs. */
export interface Call {
  id: Id;
  method: string;
  params: Params;
  /** The client's era. */
  era: Era;
  /** The revision that the client speaks. */
  version: string;
  /** Whose call it is; sessions with servers are never shared between two. */
  principal: string;
  /** What tools it may see and call. */
  policy: Policy;
  /** Counts the call of a tool, and refuses it where there were too many. */
  count: (server: string, tool: string) => Promise<void>;
  client: ClientFacts;
  /** The lowest level of log messages that the client wants; none without. */
  logLevel?: string;
  /** The headers of the client's request that a server gets. */
  headers: Record<string, string>;
  /** The span of the client's request, where it is traced. */
  span?: Span;
  /** Ends when the client has gone or has cancelled. */
  signal: AbortSignal;
  /** Passes a notification on, as JSON text. */
  notify(text: string): void;
  /** Asks the client, and gives its result. */
  ask(question: Question): Promise<Params>;
  /** The client's own sessions with servers, where the client is of the legacy era. */
  sessions?: ClientSessions;
}

/** A legacy client's sessions with servers. */
export interface ClientSessions {
  get(server: string): UpstreamSession | undefined;
  /** Keeps a session that was opened or opened again. */
  set(server: string, session: UpstreamSession): void;
  /** Passes a server's request on, whose answer the client sends by itself. */
  passRequest(server: string, text: string): void;
}
