import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { isKeyOf } from "../access/api-keys";
import type { InForce } from "../config/configuration";
import { serverName, serverUrl } from "../config/schema";
import type { Elsewhere } from "../peers/elsewhere";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import { groupFor, type Lease, type Registry } from "../registry/registry";
import { checkContentType, keyOf, parseBody, readBody } from "./request";

/** Where replicas register themselves. */
export const registryPath = "/registry";

const mostBytes = 16 * 1024;

const registration = z.strictObject({
  server: serverName,
  url: serverUrl,
  group: z.string().optional(),
  seconds: z.number().int().min(1).optional(),
});

/** What the API answers. */
export interface RegistryAnswer {
  status: number;
  content: unknown;
}

/**
 * `POST /registry` registers a replica or renews its lease, `GET` lists them, `DELETE /registry/<id>` gives a lease back.
 * What one process of the gateway is told, it tells the others.
 */
export class RegistryApi {
  constructor(
    private readonly registry: Registry,
    private readonly inForce: InForce,
  ) {}

  /** @throws RpcError where the key is not good, or what is asked for can't be done. */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    elsewhere: Elsewhere,
  ): Promise<RegistryAnswer> {
    const { registration: settings } = this.inForce.settings;
    if (!settings || !isKeyOf(keyOf(request) ?? "", settings.keys)) {
      throw new RpcError(
        errorCode.unauthorized,
        "Not authenticated: this takes one of registration.keys",
        401,
      );
    }
    const id = (request.url ?? "").split("?", 1)[0]!.slice(registryPath.length + 1);
    if (request.method === "GET" && id === "") {
      return { status: 200, content: { registrations: this.registry.running.map(shown) } };
    }
    if (request.method === "POST" && id === "") {
      checkContentType(request);
      const body = parseBody(await readBody(request, mostBytes));
      const lease = this.register(body, settings.leaseSeconds);
      await elsewhere.tell(body);
      return { status: 200, content: shown(lease) };
    }
    if (request.method === "DELETE" && id !== "") {
      const ended = this.registry.end(id);
      await elsewhere.tell();
      return ended
        ? { status: 200, content: { id } }
        : { status: 404, content: { error: "No such registration" } };
    }
    response.setHeader("allow", id === "" ? "GET, POST" : "DELETE");
    throw new RpcError(errorCode.invalidRequest, `Method ${request.method} is not allowed`, 405);
  }

  private register(body: unknown, mostSeconds: number): Lease {
    const refuse = (text: string) => new RpcError(errorCode.invalidParams, text, 400);
    const parsed = registration.safeParse(body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refuse(`${issue!.path.join(".") || "the body"} ${issue!.message}`);
    }
    const { server, url, group, seconds = mostSeconds } = parsed.data;
    const { settings } = this.inForce;
    if (!settings.servers[server] && !settings.registration?.newServers) {
      throw refuse(`${server} is none of the servers, and registration.newServers does not allow others`);
    }
    const place = groupFor(settings, server, group);
    if (place === undefined) {
      const groups = Object.keys(settings.servers[server]?.groups ?? {}).join(", ") || "none";
      throw refuse(`group ${group ?? "is not named, and"} is none of ${server}'s: ${groups}`);
    }
    return this.registry.register({ server, group: place, url }, Math.min(seconds, mostSeconds));
  }
}

function shown({ id, server, group, url, until }: Lease): Record<string, string> {
  return { id, server, group, url, until: new Date(until).toISOString() };
}
