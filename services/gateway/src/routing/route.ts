import { errorCode, isObject, type Params, resultOf, RpcError, type RpcRequest } from "../protocol/jsonrpc";
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

/** The servers that a request is about. */
export function serversOf(
  view: View,
  { method, params = {} }: Pick<RpcRequest, "method" | "params">,
): UpstreamServer[] {
  const by = view.scope === undefined ? routedBy[method] : undefined;
  if (!by) return [...view.servers.values()];
  return [(by === "ref" ? ofReference(view, params) : ofNamed(view, by, params)).server];
}

/** Carries a client's call out: on the server that it names, or on all of them. */
export async function route(view: View, call: Call): Promise<Reply> {
  if (call.method === "tools/call") await admit(view, call);
  const reply = await carryOut(view, call);
  return call.method === "tools/list" ? visible(view, call, reply) : reply;
}

/** @throws RpcError where the client may not call the tool, or has called it too often. */
async function admit(view: View, { params, policy, count }: Call): Promise<void> {
  const { server, name } = resolve(view, "name", params.name);
  if (!policy.allows(server.name, name)) {
    throw new RpcError(errorCode.forbidden, `${server.name}__${name} is not allowed to this client`, 403);
  }
  await count(server.name, name);
}

/** A list of tools without those that the client may not call. */
function visible(view: View, { policy }: Call, reply: Reply): Reply {
  const { response } = policy.restricts ? reply : { response: undefined };
  if (!Array.isArray(response?.result?.tools)) return reply;
  const tools = response.result.tools.filter((tool: unknown) => {
    const target = isObject(tool) ? view.naming.findName(String(tool.name)) : undefined;
    return target !== undefined && policy.allows(target.server, target.name);
  });
  // What one client may see is not what another one may.
  const scope = "cacheScope" in response.result ? { cacheScope: "private" } : {};
  return Reply.of({ ...response, result: { ...response.result, ...scope, tools } }, reply.status);
}

async function carryOut(view: View, call: Call): Promise<Reply> {
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
