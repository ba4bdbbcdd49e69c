import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type RpcNotification } from "../protocol/jsonrpc";
import { metaKey, withMeta } from "../protocol/meta";
import { modernVersion } from "../protocol/versions";
import type { Call } from "./call";
import { replicaFor, type ServerContext } from "./context";
import { classify } from "./messages";
import { exchange } from "./wire";

/** What changes a client wants to be told of, as `subscriptions/listen` has it. */
export interface Filter {
  toolsListChanged?: boolean;
  promptsListChanged?: boolean;
  resourcesListChanged?: boolean;
  /** URIs of resources, in the server's own names. */
  resourceSubscriptions?: string[];
}

/** The notifications that each part of a filter lets through. */
const changes = {
  toolsListChanged: "notifications/tools/list_changed",
  promptsListChanged: "notifications/prompts/list_changed",
  resourcesListChanged: "notifications/resources/list_changed",
} as const;

/** Whether a filter lets a server's notification through. */
export function passes(filter: Filter, { method, params }: RpcNotification): boolean {
  for (const [part, name] of Object.entries(changes)) {
    if (method === name) return filter[part as keyof typeof changes] === true;
  }
  if (method !== "notifications/resources/updated") return false;
  return filter.resourceSubscriptions?.includes(String(params?.uri)) ?? false;
}

/** The filter without what is empty. */
export function filterOf(notifications: unknown): Filter {
  const filter: Filter = {};
  if (!isObject(notifications)) return filter;
  for (const part of Object.keys(changes) as (keyof typeof changes)[]) {
    if (notifications[part] === true) filter[part] = true;
  }
  const { resourceSubscriptions: uris } = notifications;
  if (Array.isArray(uris)) filter.resourceSubscriptions = uris.filter((uri) => typeof uri === "string");
  return filter;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;

/**
 * Listens to a modern server's changes until the signal ends it, and takes up again what breaks off. What was missed in
 * between is not known, so every list then counts as changed. A server that agrees to tell of nothing ends its stream at once; it is
 * asked again when a replica of it is there anew, which may be another release.
 * @param acknowledged is told once what the server agreed to.
 */
export async function listenModern(
  context: ServerContext,
  filter: Filter,
  call: Pick<Call, "client" | "headers">,
  emit: (notification: RpcNotification) => void,
  signal: AbortSignal,
  acknowledged: (agreed: Filter) => void,
): Promise<void> {
  let pause = firstPauseMs;
  for (let first = true; !signal.aborted; first = false) {
    let agreed: Filter | undefined;
    const onMessage = (text: string) => {
      const message = classify(text);
      if (message.kind !== "notification") return;
      const { notification } = message;
      if (notification.method === "notifications/subscriptions/acknowledged") {
        agreed = filterOf(notification.params?.notifications);
        pause = firstPauseMs;
        if (first) acknowledged(agreed);
        else changedMeanwhile(filter, emit);
      } else if (passes(filter, notification)) emit(notification);
    };
    await listenOnce(context, filter, call, onMessage, signal).catch(() => undefined);
    if (first && !agreed) acknowledged({});
    if (agreed && tellsNothing(agreed)) {
      await context.replicas.back(signal);
      continue;
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, longestPauseMs);
  }
}

async function listenOnce(
  context: ServerContext,
  filter: Filter,
  { client, headers }: Pick<Call, "client" | "headers">,
  onMessage: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const method = "subscriptions/listen";
  const params = withMeta(
    { notifications: filter },
    {
      [metaKey.version]: modernVersion,
      [metaKey.clientInfo]: client.info,
      [metaKey.clientCapabilities]: client.capabilities,
    },
  );
  await exchange(
    replicaFor(context),
    {
      method: "POST",
      path: context.path,
      headers: {
        ...headers,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": modernVersion,
        "mcp-method": method,
        ...context.settings.headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: "listen", method, params }),
      signal,
    },
    { message: onMessage },
    context.messageBytes,
  );
}

/** That every list that a filter lets through has changed. */
export function changedLists(filter: Filter): RpcNotification[] {
  return Object.entries(changes)
    .filter(([part]) => filter[part as keyof typeof changes])
    .map(([, method]) => ({ jsonrpc: "2.0", method }));
}

function tellsNothing({ resourceSubscriptions = [], ...lists }: Filter): boolean {
  return resourceSubscriptions.length === 0 && Object.keys(lists).length === 0;
}

function changedMeanwhile(filter: Filter, emit: (notification: RpcNotification) => void): void {
  changedLists(filter).forEach(emit);
  for (const uri of filter.resourceSubscriptions ?? []) {
    emit({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } });
  }
}
