import { decodeHeader, namedBy } from "../protocol/headers";
import { isObject } from "../protocol/jsonrpc";
import { type Ingress, oneHeader } from "./request";

/** What a request asks for, as far as it was looked into. */
export interface Asked {
  method?: string;
  /** The tool's, prompt's or resource's name, as the client has it. */
  name?: string;
  /** A tool's arguments. */
  arguments?: unknown;
}

/** What a request asks for, by its headers; the modern era's servers hold clients to it. */
export function askedByHeaders({ request }: Pick<Ingress, "request">): Asked {
  const method = oneHeader(request, "mcp-method");
  const name = oneHeader(request, "mcp-name");
  return { ...(method ? { method } : {}), ...(name ? { name: decodeHeader(name) } : {}) };
}

/** What a message asks for. */
export function askedByMessage(message: unknown): Asked {
  if (!isObject(message) || typeof message.method !== "string") return {};
  const { method, params } = message;
  const by = namedBy[method];
  const name = by && isObject(params) ? params[by] : undefined;
  const args = method === "tools/call" && isObject(params) ? params.arguments : undefined;
  return {
    method,
    ...(typeof name === "string" ? { name } : {}),
    ...(args === undefined ? {} : { arguments: args }),
  };
}
