import { unrestricted } from "../access/policy";
import type { Call } from "./call";
import { gatewayInfo } from "./discover";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import { legacyVersions } from "../protocol/versions";
import type { Reply } from "./reply";

/** So many pages of a list are read. */
const mostPages = 1000;

/** Asks a server for all of its tools, on behalf of a call. @param found is told of each page as it comes. */
export async function listTools(
  call: Call,
  ask: (listing: Call) => Promise<Reply>,
  found: (tools: unknown[]) => void,
): Promise<void> {
  const { _meta } = call.params;
  let cursor: unknown;
  for (let page = 0; page < mostPages; page += 1) {
    const params = { ...(_meta === undefined ? {} : { _meta }), ...(cursor === undefined ? {} : { cursor }) };
    const listing = { ...call, id: "tools", method: "tools/list", params, notify: () => undefined };
    const { result } = (await ask(listing)).response;
    if (Array.isArray(result?.tools)) found(result.tools);
    cursor = result?.nextCursor;
    if (typeof cursor !== "string") return;
  }
}

/** A call that the gateway makes for itself. */
export function ownCall(signal: AbortSignal): Call {
  return {
    id: "own",
    method: "tools/list",
    params: {},
    era: "legacy",
    version: legacyVersions[0],
    principal: "gateway itself",
    policy: unrestricted,
    count: async () => undefined,
    client: { info: gatewayInfo, capabilities: {} },
    headers: {},
    signal,
    notify: () => undefined,
    ask: () => Promise.reject(new RpcError(errorCode.internal, "There is nobody to ask")),
  };
}
