import type { RpcRequest } from "../protocol/jsonrpc";
import { isKnown, serversOf } from "../routing/route";
import type { View } from "../routing/view";
import { sharedKey } from "../upstream/shared-session";
import type { Call } from "../upstream/call";
import type { Members } from "./members";

/**
 * The process that a modern client's request belongs to, where it is about a server with sessions: all that the client
 * asks of such a server goes through one session, as what it got a handle for in one call is known in no other session.
 * @returns undefined where any process is as good.
 */
export async function ownerOfClient(
  members: Members,
  view: View,
  rpc: RpcRequest,
  caller: Pick<Call, "principal" | "client">,
): Promise<string | undefined> {
  if (members.alone) return undefined;
  const servers = serversOf(view, rpc);
  const [only] = servers;
  // Of several servers none is asked for that; which era those speak that were asked before is known.
  const era = isKnown(rpc.method) && servers.length === 1 ? only!.eraFor("modern") : undefined;
  const legacy =
    (await era?.catch(() => undefined)) === "legacy" || servers.some((server) => server.isLegacyOnly);
  return legacy ? members.ownerOf(sharedKey(caller)) : undefined;
}
