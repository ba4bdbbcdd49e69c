import { numberOf } from "../../../host/json";
import { errorCode, isObject, type Params, resultOf, RpcError } from "../protocol/jsonrpc";
import { missingKey } from "../protocol/meta";
import type { Naming } from "../protocol/naming";
import type { Call } from "../upstream/call";
import { Reply } from "../upstream/reply";
import type { UpstreamServer } from "../upstream/server";
import type { View } from "./view";

/** A kind of list: the field that holds it, and how an item is named in a view. */
interface Kind {
  field: string;
  rename(item: Params, server: string, naming: Naming): Params;
}

const byName = (item: Params, server: string, naming: Naming): Params => ({
  ...item,
  name: naming.name(server, String(item.name)),
});

const kinds: Readonly<Record<string, Kind>> = {
  "tools/list": { field: "tools", rename: byName },
  "prompts/list": { field: "prompts", rename: byName },
  "resources/list": {
    field: "resources",
    rename: (item, server, naming) => ({ ...item, uri: naming.uri(server, String(item.uri)) }),
  },
  "resources/templates/list": {
    field: "resourceTemplates",
    rename: (item, server, naming) => ({
      ...item,
      uriTemplate: naming.uri(server, String(item.uriTemplate)),
    }),
  },
};

/** So many pages of one server are read; one that has more goes in circles. */
const mostPages = 1000;

export function isList(method: string): boolean {
  return method in kinds;
}

/** A server's part of a list. */
interface Part {
  items: Params[];
  ttlMs: number;
  shared: boolean;
}

/** What a list lacks. */
export interface Missing {
  server: string;
  reason: string;
}

/**
 * The list of all servers together, in the servers' order, on one page. A server that does not answer is named in the
 * result's `_meta`; the list is then good for no time at all, so that clients ask again.
 */
export async function mergedList(view: View, call: Call): Promise<Reply> {
  const kind = kinds[call.method]!;
  if (call.params.cursor !== undefined) {
    throw new RpcError(errorCode.invalidParams, "There is one page only: no cursor was given out");
  }
  const servers = [...view.servers.values()];
  const { parts, missing } = await gather(servers, (server) => wholeList(server, call, kind));
  const items = parts.flatMap(({ server, value }) =>
    value.items.map((item) => kind.rename(item, server, view.naming)),
  );
  const result: Params = { [kind.field]: items };
  if (missing.length > 0) result._meta = { [missingKey]: missing };
  if (call.era === "modern") {
    const ttls = parts.map(({ value }) => value.ttlMs);
    Object.assign(result, {
      resultType: "complete",
      ttlMs: missing.length > 0 || ttls.length === 0 ? 0 : Math.min(...ttls),
      cacheScope: parts.every(({ value }) => value.shared) ? "public" : "private",
    });
  }
  return Reply.of(resultOf(call.id, result));
}

/** Asks all servers side by side, each within its time, and names those that gave no answer. */
export async function gather<T>(
  servers: readonly UpstreamServer[],
  ask: (server: UpstreamServer) => Promise<T>,
): Promise<{ parts: { server: string; value: T }[]; missing: Missing[] }> {
  const parts: { server: string; value: T }[] = [];
  const missing: Missing[] = [];
  const answers = await Promise.all(
    servers.map(async (server) => {
      try {
        return { server: server.name, value: await within(server, ask(server)) };
      } catch (error) {
        return { server: server.name, reason: (error as Error).message };
      }
    }),
  );
  for (const answer of answers) {
    if ("reason" in answer) missing.push({ server: answer.server, reason: String(answer.reason) });
    else parts.push(answer);
  }
  return { parts, missing };
}

async function within<T>(server: UpstreamServer, answer: Promise<T>): Promise<T> {
  const { listTimeoutMs } = server.context.settings;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${listTimeoutMs} ms`)), listTimeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function wholeList(server: UpstreamServer, call: Call, { field }: Kind): Promise<Part> {
  const part: Part = { items: [], ttlMs: Infinity, shared: true };
  let cursor: unknown;
  for (let page = 0; page < mostPages; page += 1) {
    const params = cursor === undefined ? call.params : { ...call.params, cursor };
    const { response } = await server.call({ ...call, params, notify: () => undefined });
    // A server without such things need not know the list of them.
    if (response.error?.code === errorCode.methodNotFound) return { ...part, ttlMs: part.ttlMs };
    const result = response.result;
    if (!result) throw new Error(response.error?.message ?? "it gave no result");
    if (Array.isArray(result[field])) part.items.push(...(result[field] as unknown[]).filter(isObject));
    part.ttlMs = Math.min(part.ttlMs, Math.max(0, numberOf(result.ttlMs) || 0));
    part.shared &&= result.cacheScope === "public";
    cursor = result.nextCursor;
    if (typeof cursor !== "string") return part;
  }
  throw new Error(`its list has more than ${mostPages} pages`);
}
