import { onceClosed } from "../../../host/closed";
import type { InForce } from "../config/configuration";
import { HttpAnswer } from "../http/answer";
import { goneSignal, type Ingress } from "../http/request";
import { toJson } from "../../../host/json";
import { type Params, resultOf, type RpcNotification, type RpcRequest } from "../protocol/jsonrpc";
import { metaKey, withMeta } from "../protocol/meta";
import { resolve, type View } from "../routing/view";
import type { Call } from "../upstream/call";
import { changedLists, type Filter, filterOf, listenModern } from "../upstream/feed";
import type { UpstreamServer } from "../upstream/server";
import { modernCall } from "./modern-call";

interface Stream {
  view: View;
  /** Ends it in order. */
  end: () => void;
  /** Follows the servers that came, and tells that the lists are others now. */
  serversChanged: () => void;
}

/** Serves `subscriptions/listen`: one stream with the changes of all servers of a view. */
export class Subscriptions {
  private readonly open = new Set<Stream>();

  constructor(private readonly inForce: InForce) {}

  get count(): number {
    return this.open.size;
  }

  /** Serves one stream until its client closes it, or the gateway stops. */
  async serve(ingress: Ingress, rpc: RpcRequest): Promise<void> {
    const { response, view } = ingress;
    const filter = filterOf(rpc.params?.notifications);
    const answer = new HttpAnswer(response, this.inForce.settings);
    const control = new AbortController();
    goneSignal(response).addEventListener("abort", () => control.abort());
    const tagged = { [metaKey.subscription]: rpc.id };
    const early: string[] = [];
    let acknowledged = false;
    const emit = ({ method, params }: RpcNotification) => {
      const text = toJson({ jsonrpc: "2.0", method, params: withMeta(params, tagged) });
      // Nothing may come before the acknowledgment.
      if (acknowledged) answer.message(text);
      else early.push(text);
    };
    const end = () => {
      control.abort();
      answer.end(toJson(resultOf(rpc.id, { resultType: "complete", _meta: tagged })));
    };
    const call = modernCall(ingress, rpc, {
      signal: control.signal,
      notify: () => undefined,
      ask: () => Promise.reject<Params>(new Error("Nobody can be asked on this stream")),
    });
    const followed = new Set<UpstreamServer>();
    const stream = {
      view,
      end,
      serversChanged: () => {
        changedLists(filter).forEach(emit);
        // A resource of a server that was taken away has no news any more.
        void this.follow(view, filter, call, emit, followed).catch(() => undefined);
      },
    };
    this.open.add(stream);
    onceClosed(response, () => this.open.delete(stream));
    const followable = await this.follow(view, filter, call, emit, followed);
    // That there are other servers is told whatever these agree to.
    const { resourceSubscriptions: _, ...lists } = filter;
    const agreed = view.scope === undefined ? { ...lists, ...followable } : followable;
    const method = "notifications/subscriptions/acknowledged";
    const params = { notifications: agreed, _meta: tagged };
    answer.message(toJson({ jsonrpc: "2.0", method, params }));
    acknowledged = true;
    early.splice(0).forEach((text) => answer.message(text));
  }

  /** Ends all streams in order, as the gateway stops. */
  close(): void {
    this.open.forEach(({ end }) => end());
  }

  /** Tells everybody who listens to all servers that these are others now. */
  serversChanged(): void {
    for (const { view, serversChanged } of this.open) if (view.scope === undefined) serversChanged();
  }

  /** Follows all servers but those that are followed; resolves with what was agreed on, in the view's names. */
  private async follow(
    view: View,
    filter: Filter,
    call: Call,
    emit: (notification: RpcNotification) => void,
    followed: Set<UpstreamServer>,
  ): Promise<Filter> {
    const agreed: Filter = {};
    const parts = [...filtersByServer(view, filter)].filter(([server]) => !followed.has(server));
    parts.forEach(([server]) => followed.add(server));
    await Promise.all(
      parts.map(async ([server, own]) => {
        const renamed = (notification: RpcNotification) => emit(inView(view, server, notification));
        const part = await followServer(server, own, call, renamed).catch((): Filter => ({}));
        for (const name of ["toolsListChanged", "promptsListChanged", "resourcesListChanged"] as const) {
          if (part[name]) agreed[name] = true;
        }
        if (!filter.resourceSubscriptions) return;
        const uris = (part.resourceSubscriptions ?? []).map((uri) => view.naming.uri(server.name, uri));
        agreed.resourceSubscriptions = [...(agreed.resourceSubscriptions ?? []), ...uris];
      }),
    );
    return agreed;
  }
}

/** Follows one server's changes, in the way of its era. */
export async function followServer(
  server: UpstreamServer,
  filter: Filter,
  call: Call,
  emit: (notification: RpcNotification) => void,
): Promise<Filter> {
  const until = AbortSignal.any([call.signal, server.context.ended]);
  if ((await server.eraFor(call.era)) === "legacy") {
    return (await server.legacy.shared.for(call)).follow(filter, emit, until);
  }
  return new Promise((resolve) => {
    void listenModern(server.context, filter, call, emit, until, resolve);
  });
}

/** Takes note of a server's notification, and gives it as the view names its resources. */
export function inView(view: View, server: UpstreamServer, notification: RpcNotification): RpcNotification {
  server.heard(notification);
  const { params } = notification;
  if (typeof params?.uri !== "string") return notification;
  return { ...notification, params: { ...params, uri: view.naming.uri(server.name, params.uri) } };
}

/** Each server's part of a filter; one that has none is not asked. */
function filtersByServer(view: View, filter: Filter): Map<UpstreamServer, Filter> {
  const { resourceSubscriptions = [], ...lists } = filter;
  const parts = new Map<UpstreamServer, Filter>();
  for (const server of view.servers.values()) {
    if (Object.keys(lists).length > 0) parts.set(server, { ...lists });
  }
  for (const uri of resourceSubscriptions) {
    const { server, name } = resolve(view, "uri", uri);
    const part = parts.get(server) ?? {};
    parts.set(server, { ...part, resourceSubscriptions: [...(part.resourceSubscriptions ?? []), name] });
  }
  return parts;
}
