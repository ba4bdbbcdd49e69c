import { parseJson } from "../../../host/json";
import { isObject } from "./jsonrpc";
import { metaOf } from "./meta";

/** A JSON-RPC message as far as its trace needs it; undefined where the text is none. */
export function tracedMessage(text: string): { method: string; id?: unknown; params?: unknown } | undefined {
  try {
    const message = parseJson(text);
    return isObject(message) && typeof message.method === "string"
      ? (message as { method: string })
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The text of a request with another `traceparent` in its `_meta`. Only these characters change: to parse and to write a
 * message anew would round the numbers in it that JavaScript can't hold. Where the place is in doubt the text stays as it
 * is, and the header alone tells.
 */
export function withTraceparent(text: string, params: unknown, traceparent: string): string {
  if (!isObject(params)) return text;
  const known = metaOf(params).traceparent;
  if (typeof known === "string")
    return replacedOnce(text, JSON.stringify(known), JSON.stringify(traceparent));
  if (!isObject(params._meta)) return text;
  const comma = Object.keys(params._meta).length > 0 ? "," : "";
  return replacedOnce(text, /"_meta"\s*:\s*\{/g, (begin) => `${begin}"traceparent":"${traceparent}"${comma}`);
}

function replacedOnce(text: string, what: string | RegExp, by: string | ((found: string) => string)): string {
  const once = text.split(what).length === 2;
  return once ? text.replace(what, typeof by === "string" ? () => by : by) : text;
}
