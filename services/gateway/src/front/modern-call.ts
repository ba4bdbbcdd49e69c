import type { Ingress } from "../http/request";
import { requestHeaders } from "../protocol/headers";
import { isObject, type RpcRequest } from "../protocol/jsonrpc";
import { type ClientFacts, metaKey, metaOf } from "../protocol/meta";
import { modernVersion } from "../protocol/versions";
import type { Call } from "../upstream/call";

/** What a modern client says about itself in each of its requests. */
export function clientOf({ params }: RpcRequest): ClientFacts {
  const meta = metaOf(params);
  const info = meta[metaKey.clientInfo];
  const capabilities = meta[metaKey.clientCapabilities];
  return { ...(isObject(info) ? { info } : {}), capabilities: isObject(capabilities) ? capabilities : {} };
}

/** A modern client's request as a call: all that is known of the client stands in the request. */
export function modernCall(
  { request, principal, policy, count, trace }: Ingress,
  rpc: RpcRequest,
  ways: Pick<Call, "signal" | "notify" | "ask">,
): Call {
  const level = metaOf(rpc.params)[metaKey.logLevel];
  return {
    id: rpc.id,
    method: rpc.method,
    params: rpc.params ?? {},
    era: "modern",
    version: modernVersion,
    principal,
    policy,
    count,
    span: trace.span,
    client: clientOf(rpc),
    ...(typeof level === "string" ? { logLevel: level } : {}),
    headers: requestHeaders(request.headers),
    ...ways,
  };
}
