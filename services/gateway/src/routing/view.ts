import { errorCode, RpcError } from "../protocol/jsonrpc";
import { type Naming, plain, prefixed, type Target } from "../protocol/naming";
import type { UpstreamServer } from "../upstream/server";

/** The servers that a path shows, and how it names what they have. */
export interface View {
  /** The one server of the path; undefined where it shows all. */
  scope?: string;
  servers: ReadonlyMap<string, UpstreamServer>;
  naming: Naming;
}

/** All servers as one. */
export function viewOfAll(servers: ReadonlyMap<string, UpstreamServer>): View {
  return { servers, naming: prefixed };
}

/** One server, as it is. */
export function viewOfOne(server: UpstreamServer): View {
  const { name } = server;
  return { scope: name, servers: new Map([[name, server]]), naming: plain(name) };
}

/** The server that a name or URI leads to, and what it is there. */
export function resolve(
  view: View,
  kind: "name" | "uri",
  text: unknown,
): { server: UpstreamServer; name: string } {
  const target: Target | undefined =
    typeof text !== "string"
      ? undefined
      : kind === "name"
        ? view.naming.findName(text)
        : view.naming.findUri(text);
  const server = target && view.servers.get(target.server);
  if (target && server) return { server, name: target.name };
  const form = kind === "name" ? "<server>__<name>" : "<server>+<uri>";
  throw new RpcError(
    errorCode.invalidParams,
    `Unknown ${kind} ${JSON.stringify(text) ?? "(none)"}: it is ${form}, with a server out of ${[...view.servers.keys()].join(", ") || "none"}`,
  );
}
