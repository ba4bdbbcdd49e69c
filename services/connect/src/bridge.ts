import {
  isInitializeRequest,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  type RequestId,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { LineTransport } from "../../host/line-transport";
import { exactFetch } from "./exact-fetch";
import { patientFetch } from "./patient-fetch";

/** What a bridge joins. */
export interface BridgeOptions {
  /** The server's name, for what a person reads. */
  name: string;
  url: URL;
  /** The client's side, not started yet. */
  local: LineTransport;
  /** How long a request waits for a server that is not there, restarting for one. */
  patienceMs: number;
  /** How long answers are waited for once the client has closed its side: it may have gone for good. */
  answersMs: number;
  log: (line: string) => void;
}

/** A request that is not answered yet. */
interface Pending {
  /** Breaks the request's stream off: how a client of the stateless era cancels over HTTP. */
  abort: AbortController;
  stateless: boolean;
  initialize: boolean;
  /** It is not answered before its client goes. */
  lasts: boolean;
}

/** JSON-RPC's range for what a server defines itself. */
const connectionFailed = -32000;

/**
 * Passes messages between a client on standard input and output and a server over Streamable HTTP, as they are. Only
 * what the two transports say differently is translated: the protocol version, which HTTP wants as a header too, and a
 * cancellation, which is the end of the request's stream in the era without sessions.
 * @returns when the client went away, or has closed its side and got every answer.
 */
export async function bridge({ name, url, local, patienceMs, answersMs, log }: BridgeOptions): Promise<void> {
  const pending = new Map<RequestId, Pending>();
  const remote = new StreamableHTTPClientTransport(url, {
    fetch: exactFetch(patientFetch({ patienceMs, onWait: (why) => log(`waiting for ${name}: ${why}`) })),
  });

  let asksNoMore = false;
  let sending = 0;
  let late: NodeJS.Timeout | undefined;
  const closeIfDone = () => {
    if (asksNoMore && pending.size === 0 && sending === 0) void local.close();
  };
  const answer = (message: JSONRPCMessage) => {
    if (isJSONRPCResponse(message) && message.id !== undefined) {
      const request = pending.get(message.id);
      pending.delete(message.id);
      if (request?.initialize && isJSONRPCResultResponse(message)) {
        remote.setProtocolVersion(String(message.result.protocolVersion));
      }
    }
    sending += 1;
    local
      .send(message)
      .catch((error: unknown) => log(describe(error)))
      .finally(() => {
        sending -= 1;
        closeIfDone();
      });
  };
  const fail = (id: RequestId, message: string) => {
    // A request that was cancelled or answered meanwhile wants no second answer.
    if (pending.has(id)) answer({ jsonrpc: "2.0", id, error: { code: connectionFailed, message } });
  };

  const request = async (message: JSONRPCRequest) => {
    const { id } = message;
    const abort = new AbortController();
    const lasts = message.method === "subscriptions/listen";
    pending.set(id, {
      abort,
      stateless: isStateless(message),
      initialize: isInitializeRequest(message),
      lasts,
    });
    const onRequestStreamEnd = () => fail(id, `${name} ended the connection before it answered`);
    try {
      await remote.send(message, { requestSignal: abort.signal, onRequestStreamEnd });
    } catch (error) {
      const refusal = refusalOf(error, id);
      if (refusal) answer(refusal);
      else fail(id, `${name} (${url.href}): ${describe(error)}`);
    }
  };
  const cancelled = (message: JSONRPCNotification): boolean => {
    const id = message.params?.requestId as RequestId;
    if (message.method !== "notifications/cancelled" || !pending.get(id)?.stateless) return false;
    pending.get(id)?.abort.abort();
    pending.delete(id);
    return true;
  };

  // A notification is delivered before what comes after it: HTTP by itself keeps no order.
  let delivered = Promise.resolve();
  local.onmessage = (message) => {
    if (isJSONRPCNotification(message) && cancelled(message)) return;
    delivered = delivered.then(async () => {
      if (isJSONRPCRequest(message)) return void request(message);
      await remote.send(message).catch((error: unknown) => log(describe(error)));
    });
  };
  // What was asked is answered first: requests come out of a file, or of a shell's pipe.
  local.onended = () =>
    void delivered.then(() => {
      asksNoMore = true;
      for (const [id, { lasts, abort }] of pending) {
        if (!lasts) continue;
        pending.delete(id);
        abort.abort();
      }
      closeIfDone();
      late ??= setTimeout(() => void local.close(), answersMs);
    });
  remote.onmessage = answer;
  local.onerror = (error) => log(describe(error));

  const gone = new Promise<void>((resolve) => (local.onclose = resolve));
  await remote.start();
  await local.start();
  await gone;
  clearTimeout(late);
  await remote.close();
}

/** Whether a request is of the era without sessions: it then carries the protocol's version itself. */
function isStateless({ params }: JSONRPCRequest): boolean {
  return params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
}

/** The server's own words, where it answered with an HTTP status that the transport takes for a failure. */
function refusalOf(error: unknown, id: RequestId): JSONRPCMessage | undefined {
  if (!(error instanceof SdkHttpError) || typeof error.data.text !== "string") return undefined;
  try {
    // Without having looked at the request, a server does not know its number.
    const answer: unknown = { ...(JSON.parse(error.data.text) as object), id };
    return isJSONRPCErrorResponse(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** An error in a line; `fetch` keeps the reason of its own in the cause. */
function describe(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return [message ?? String(error), cause?.message].filter(Boolean).join(": ");
}
