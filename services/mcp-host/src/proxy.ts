import { randomUUID } from "node:crypto";
import { type RequestId, Server, type ServerCapabilities } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Hosted } from "./hosted";

/** Results are passed on as they are; who asked knows what they have to be. */
const anything = z.looseObject({});

/** Capabilities that work across: the rest, such as tasks, needs more than passing requests on. */
const PASSED = [
  "completions",
  "experimental",
  "extensions",
  "logging",
  "prompts",
  "resources",
  "tools",
] as const;

/**
 * What a server promises whose news and messages reach nobody: neither that its lists change, nor that its resources do, nor its
 * log. Clients would wait for them.
 */
function silent(capabilities: Record<string, unknown>): Record<string, unknown> {
  const { logging: _, ...others } = capabilities;
  return Object.fromEntries(
    Object.entries(others).map(([name, capability]) => {
      const { listChanged: _changes, subscribe: _updates, ...kept } = capability as Record<string, unknown>;
      return [name, kept];
    }),
  );
}

/**
 * Makes a server that is another one: requests, their progress and their cancellation go to the client's server, and
 * what that one asks or tells goes back.
 * @param milliseconds the longest time of a request.
 * @param asks whether the server may ask the client; two clients that share it could not tell whose answer it wants.
 */
export function proxyOf({ client, progress }: Hosted, milliseconds: number, asks: boolean): Server {
  const { name = "hosted", version = "0", ...more } = client.getServerVersion() ?? {};
  const all = client.getServerCapabilities() ?? {};
  const passed = Object.fromEntries(PASSED.filter((key) => all[key]).map((key) => [key, all[key]]));
  const capabilities: ServerCapabilities = asks ? passed : silent(passed);
  const instructions = client.getInstructions();
  const server = new Server(
    { ...more, name, version },
    { capabilities, ...(instructions === undefined ? {} : { instructions }) },
  );
  const running: RequestId[] = [];
  const forward: NonNullable<Server["fallbackRequestHandler"]> = async ({ method, params }, { mcpReq }) => {
    const { progressToken } = (params?._meta ?? {}) as { progressToken?: string | number };
    const token = progressToken === undefined ? undefined : randomUUID();
    const passed =
      token === undefined ? params : { ...params, _meta: { ...params?._meta, progressToken: token } };
    const told: Promise<void>[] = [];
    if (token !== undefined && progressToken !== undefined) {
      progress.set(token, (made) => {
        told.push(mcpReq.notify({ method: "notifications/progress", params: { ...made, progressToken } }));
      });
    }
    running.push(mcpReq.id);
    try {
      const options = { signal: mcpReq.signal, timeout: milliseconds };
      const result = await client.request(
        { method, ...(passed ? { params: passed } : {}) },
        anything,
        options,
      );
      // Progress that is still on its way must not come after the result.
      await Promise.allSettled(told);
      return result;
    } finally {
      running.splice(running.indexOf(mcpReq.id), 1);
      if (token !== undefined) progress.delete(token);
    }
  };
  server.fallbackRequestHandler = forward;
  // The SDK answers this one itself where it is not told otherwise.
  if (capabilities.logging) {
    server.setRequestHandler("logging/setLevel", async (request, context) => {
      await forward({ jsonrpc: "2.0", id: context.mcpReq.id, ...request }, context);
      return {};
    });
  }
  if (!asks) return server;
  // Over stdio nothing says which request a question or message belongs to; that it is the last one is the best guess.
  const related = () => {
    const relatedRequestId = running.at(-1);
    return relatedRequestId === undefined ? {} : { relatedRequestId };
  };
  client.fallbackRequestHandler = ({ method, params }, { mcpReq }) =>
    server.request({ method, ...(params ? { params } : {}) }, anything, {
      ...related(),
      signal: mcpReq.signal,
      timeout: milliseconds,
    });
  client.fallbackNotificationHandler = (notification) => server.notification(notification, related());
  return server;
}
