import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { requestHeaders } from "../protocol/headers";
import { toJson } from "../../../host/json";
import type { RpcNotification } from "../protocol/jsonrpc";
import type { View } from "../routing/view";
import type { Session } from "../session/session";
import { changedLists, listenModern } from "../upstream/feed";
import { classify } from "../upstream/messages";
import type { UpstreamServer } from "../upstream/server";
import { asked, type LegacyExchange } from "./legacy";
import { inView } from "./subscriptions";

const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** Of more sessions what they subscribed to is not remembered. */
const mostStreams = 50_000;

const allLists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

interface Stream {
  /** What the client subscribed to of servers that have no sessions, by server. */
  uris: Map<string, Set<string>>;
  /** Begins to listen anew, with what is subscribed to now. */
  renew?: (server: string) => void;
  /** Tells that the lists are others now, as other servers are behind them. */
  serversChanged?: () => void;
  end?: () => void;
  /** Told when the session is no more. */
  sessionEnded?: () => void;
}

/** The streams on which legacy clients hear what belongs to no call of theirs. */
export class ClientStreams {
  private readonly streams = new LRUCache<string, Stream>({ max: mostStreams });

  get count(): number {
    return [...this.streams.values()].filter(({ end }) => end).length;
  }

  /** Remembers a subscription, or forgets it; the stream hears of it from now on. */
  subscribe(session: string, server: string, uri: string, wanted: boolean): void {
    const stream = this.of(session);
    const uris = stream.uris.get(server) ?? new Set();
    if (wanted) uris.add(uri);
    else uris.delete(uri);
    stream.uris.set(server, uris);
    stream.renew?.(server);
  }

  /**
   * Serves one stream, with what all servers of the view have to say, until the client closes it.
   * @param sessionEnded told when its session is no more.
   */
  open(
    exchange: Pick<LegacyExchange, "view" | "answer" | "signal" | "headers">,
    session: Session,
    sessionEnded?: () => void,
  ): void {
    const { view, answer, signal, headers } = exchange;
    const stream = this.of(session.nonce);
    stream.end?.();
    const control = new AbortController();
    const ends = new Map<UpstreamServer, AbortController>();
    const emit = (server: UpstreamServer) => (notification: RpcNotification) =>
      answer.message(toJson(inView(view, server, notification)));
    const follow = (server: UpstreamServer) => {
      ends.get(server)?.abort();
      const end = new AbortController();
      ends.set(server, end);
      const until = AbortSignal.any([control.signal, end.signal, server.context.ended]);
      if (session.upstream[server.name]) return void followLegacy(view, server, session, answer, until);
      const filter = {
        ...allLists,
        resourceSubscriptions: [...(stream.uris.get(server.name) ?? [])],
      };
      const caller = { client: session.client, headers: requestHeaders(headers) };
      void listenModern(server.context, filter, caller, emit(server), until, () => undefined);
    };
    const followAll = () => {
      for (const server of view.servers.values()) {
        // A server that was not there when the session began has nothing to say in it.
        const speaks = session.upstream[server.name] ?? server.knownFor("modern");
        if (speaks && !ends.has(server)) follow(server);
      }
    };
    stream.renew = (name) => {
      const server = view.servers.get(name);
      if (server) follow(server);
    };
    stream.end = () => {
      control.abort();
      answer.close();
    };
    if (view.scope === undefined) {
      stream.serversChanged = () => {
        for (const notification of changedLists(allLists)) answer.message(toJson(notification));
        followAll();
      };
    }
    if (sessionEnded) stream.sessionEnded = sessionEnded;
    signal.addEventListener("abort", () => {
      control.abort();
      if (this.streams.get(session.nonce) === stream && stream.uris.size === 0)
        this.streams.delete(session.nonce);
    });
    followAll();
  }

  /** Tells everybody who listens to all servers that these are others now. */
  serversChanged(): void {
    for (const { end, serversChanged } of this.streams.values()) if (end) serversChanged?.();
  }

  /** Ends all streams, as the gateway stops; clients open them again, elsewhere. */
  close(): void {
    for (const stream of this.streams.values()) stream.end?.();
  }

  /** Forgets a session. */
  end(session: string): void {
    const stream = this.streams.get(session);
    stream?.end?.();
    stream?.sessionEnded?.();
    this.streams.delete(session);
  }

  private of(session: string): Stream {
    const known = this.streams.get(session) ?? { uris: new Map() };
    this.streams.set(session, known);
    return known;
  }
}

/** Passes on what a server says in a session, and takes up again what breaks off, as long as the server has such streams. */
async function followLegacy(
  view: View,
  server: UpstreamServer,
  session: Session,
  answer: LegacyExchange["answer"],
  signal: AbortSignal,
): Promise<void> {
  let pause = firstPauseMs;
  let lastEvent: string | undefined;
  while (!signal.aborted) {
    const upstream = session.upstream[server.name]!;
    const onMessage = (text: string, eventId?: string) => {
      pause = firstPauseMs;
      lastEvent = eventId ?? lastEvent;
      const message = classify(text);
      if (message.kind === "request") answer.message(asked(server.name, text));
      else if (message.kind === "notification") {
        answer.message(toJson(inView(view, server, message.notification)));
      } else answer.message(text);
    };
    const ended = await server.legacy.wire
      .listen(upstream, onMessage, signal, lastEvent)
      .catch(() => undefined);
    if (ended && ended.status >= 400 && ended.status < 500) return;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, longestPauseMs);
  }
}
