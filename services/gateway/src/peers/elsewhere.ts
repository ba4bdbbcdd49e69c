import type { IncomingMessage, ServerResponse } from "node:http";
import { relay } from "../http/relay";
import { goneSignal } from "../http/request";
import type { RequestTrace } from "../http/trace";
import { endToEnd } from "../protocol/headers";
import { toJson } from "../../../host/json";
import { errorCode, RpcError, type RpcNotification } from "../protocol/jsonrpc";
import { exchange, type WireRequest } from "../upstream/wire";
import { type Hops, hopHeader } from "./hop";
import type { Members } from "./members";

/** The gateway's other processes, as one request sees them. */
export interface Elsewhere {
  /** Another process has passed the request on: it is for this one. */
  readonly passedOn: boolean;
  /**
   * Has a process serve the request, unless it is this one.
   * @param message the body, where the request has one.
   * @returns whether it did; where it did not, nothing has been answered.
   */
  serve(owner: string, message?: unknown): Promise<boolean>;
  /** Tells all others of the request as well; who can't be reached is left out. */
  tell(message?: unknown): Promise<void>;
  /** Tells all others that the session that the request is in is used. */
  used(): Promise<void>;
  /** Tells all others that another session of the client, at this path, has ended. */
  end(sessionId: string, path: string): Promise<void>;
}

/** How another process is told that a session is used, as if its client had said it: it means nothing more. */
export const sessionUsed: RpcNotification = { jsonrpc: "2.0", method: "notifications/initialized" };

const tellWithinMs = 2000;

/** The ways from one request to the other processes. */
export function elsewhere(
  { members, hops }: { members: Members; hops: Hops },
  request: IncomingMessage,
  response: ServerResponse,
  passedOn: boolean,
  trace: RequestTrace,
): Elsewhere {
  const own = {
    method: request.method as WireRequest["method"],
    path: request.url ?? "/",
    more: {} as Record<string, string>,
  };
  const wire = (
    to: string,
    message: unknown,
    signal: AbortSignal,
    { method, path, more }: typeof own = own,
  ): WireRequest => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(endToEnd(request.headers))) {
      if (name !== hopHeader) headers[name] = String(value);
    }
    return {
      method,
      path,
      headers: { ...headers, ...more, ...hops.header(method, path, to) },
      ...(message === undefined ? {} : { body: toJson(message) }),
      signal,
      span: trace.span,
    };
  };
  const tellAll = async (message?: unknown, request = own): Promise<void> => {
    if (passedOn) return;
    await Promise.all(
      [...members.others].map(([id, replica]) =>
        exchange(
          replica,
          wire(id, message, AbortSignal.timeout(tellWithinMs), request),
          { message: () => undefined },
          64 * 1024,
        ).catch(() => undefined),
      ),
    );
  };
  return {
    passedOn,
    async serve(owner, message) {
      if (passedOn || owner === members.self) return false;
      const replica = await members.find(owner);
      if (!replica) return false;
      const relayed = await relay(replica, {
        request: wire(owner, message, goneSignal(response)),
        response,
        pick: endToEnd,
      });
      if (relayed.kind !== "failed") return true;
      if (relayed.error.arrived) throw gone();
      members.lost(owner);
      return false;
    },
    tell: (message) => tellAll(message),
    used: () =>
      tellAll(sessionUsed, { ...own, method: "POST", more: { "content-type": "application/json" } }),
    end: (sessionId, path) =>
      tellAll(undefined, { method: "DELETE", path, more: { "mcp-session-id": sessionId } }),
  };
}

/** No other processes: for what is served by its own process alone. */
export const nowhere: Elsewhere = {
  passedOn: false,
  serve: () => Promise.resolve(false),
  tell: () => Promise.resolve(),
  used: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

/** The error where something waited in a process that is not there any more. */
export function gone(): RpcError {
  return new RpcError(
    errorCode.invalidParams,
    "The call that this belongs to has ended, as the replica of the gateway that it ran on is gone: call it anew",
    410,
  );
}
