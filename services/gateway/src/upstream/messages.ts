import { parseJson } from "../../../host/json";
import { isNotification, isRequest, type RpcNotification, type RpcRequest } from "../protocol/jsonrpc";

/** Whether a server's message is the response to a call. It is parsed only where that is in doubt. */
export function isFinal(text: string): boolean {
  if (!text.includes('"method"')) return true;
  return typeof (JSON.parse(text) as { method?: unknown }).method !== "string";
}

/** A server's message, as what it is. */
export type ServerMessage =
  | { kind: "response" }
  | { kind: "request"; request: RpcRequest }
  | { kind: "notification"; notification: RpcNotification }
  | { kind: "none" };

/** Tells what a server's message is. */
export function classify(text: string): ServerMessage {
  if (!text.includes('"method"')) return { kind: "response" };
  const message = parseJson(text);
  if (isRequest(message)) return { kind: "request", request: message };
  if (isNotification(message)) return { kind: "notification", notification: message };
  return (message as { method?: unknown }).method === undefined ? { kind: "response" } : { kind: "none" };
}
