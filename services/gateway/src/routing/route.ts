import { errorCode, isObject, type Params, resultOf, RpcError } from "../protocol/jsonrpc";
import type { Call } from "../upstream/call";
import { Reply } from "../upstream/reply";
import type { UpstreamServer } from "../upstream/server";
import { asDiscovery, type Description, descriptionOf, mergedDescription } from "./describe";
import { gather, isList, mergedList } from "./lists";
import { renamed } from "./rename";
import { resolve, type View } from "./view";

/** The methods that one server answers, by what of their parameters names it. */
const routedBy: Readonly<Record<string, "name" | "uri" | "ref">> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "resources/subscribe": "uri",
  "resources/unsubscribe": "uri",
  "completion/complete": "ref",
};

/** Whether a method is one that all servers together can answer. */
export function isKnown(method: string): boolean {
  return method in routedBy || isList(method) || method === "server/discover";
}

/** Carries a client's call out: on the server that it names, or on all of them. */
export async function route(view: View, call: Call): Promise<Reply> {
  if (view.scope !== undefined) {
    const [server] = view.servers.values();
    if (call.method === "server/discover")
      return Reply.of(resultOf(call.id, asDiscovery(await describe(view, call))));
    return server!.call(call);
  }
  const { method, id, params } = call;
  if (method === "server/discover") return Reply.of(resultOf(id, asDiscovery(await describe(view, call))));
  if (isList(method)) return mergedList(view, call);
  const by = routedBy[method];
  if (!by) throw new RpcError(errorCode.methodNotFound, `Method not found: ${method}`, 404);
  const { server, params: own } = by === "ref" ? ofReference(view, params) : ofNamed(view, by, params);
  const reply = await server.call({ ...call, params: own });
  return renamed(reply, server.name, view.naming);
}

/** What the view's servers are, as one. */
export async function describe(view: View, call: Call): Promise<Description> {
  const servers = [...view.servers.values()];
  if (view.scope !== undefined) return descriptionOf(await servers[0]!.describe(call));
  const { parts, missing } = await gather(servers, (server) => server.describe(call));
  return mergedDescription(parts, missing);
}

interface Routed {
  server: UpstreamServer;
  params: Params;
}

function ofNamed(view: View, by: "name" | "uri", params: Params): Routed {
  const { server, name } = resolve(view, by, params[by]);
  return { server, params: { ...params, [by]: name } };
}

/** A completion is of a prompt's or of a resource template's argument. */
function ofReference(view: View, params: Params): Routed {
  const { ref } = params;
  if (!isObject(ref)) throw new RpcError(errorCode.invalidParams, "A completion needs `ref`");
  const by = ref.type === "ref/resource" ? "uri" : "name";
  const { server, name } = resolve(view, by, ref[by]);
  return { server, params: { ...params, ref: { ...ref, [by]: name } } };
}
