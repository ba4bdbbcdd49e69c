import type { IncomingMessage } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { bearerOf, oneHeader } from "../http/request";
import type { Settings } from "../config/schema";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import { ApiKeys } from "./api-keys";
import { unrestricted } from "./policy";
import type { Principal } from "./principal";
import { TokenError, Tokens } from "./tokens";

/** Where a client learns how to get a token (RFC 9728). */
export const metadataPath = "/.well-known/oauth-protected-resource";

const anonymous: Principal = { id: "anonymous", class: "anonymous", policy: unrestricted };

/** Finds out who makes a request. */
export class Access {
  private readonly keys: ApiKeys;
  private readonly tokens?: Tokens;

  /** @param before the one whose place this takes, which may have the issuer's keys already. */
  constructor(
    private readonly settings: Pick<Settings, "clients" | "oauth">,
    before?: Access,
  ) {
    this.keys = new ApiKeys(settings.clients);
    const { oauth } = settings;
    if (!oauth) return;
    const same = before?.tokens && isDeepStrictEqual(oauth, before.settings.oauth);
    this.tokens = same ? before.tokens : new Tokens(oauth);
  }

  /** Whether clients have to say who they are. */
  get required(): boolean {
    return this.keys.any || this.tokens !== undefined;
  }

  /**
   * The principal of a request: by an API key (`X-Api-Key`, or as a bearer token) or by an OAuth token.
   * @throws RpcError with status 401 where there is none.
   */
  async authenticate(request: IncomingMessage): Promise<Principal> {
    if (!this.required) return anonymous;
    const key = oneHeader(request, "x-api-key");
    const bearer = bearerOf(request);
    const known = this.keys.find(key ?? bearer ?? "");
    if (known) return known;
    if (bearer === undefined || key !== undefined || !this.tokens) {
      throw this.refusal(key === undefined && bearer === undefined ? undefined : "the API key is not known");
    }
    try {
      return await this.tokens.check(bearer);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.unavailable) throw new RpcError(errorCode.serverUnavailable, error.message, 503);
      throw this.refusal(error.message);
    }
  }

  /** The protected resource's metadata; undefined where there are no tokens. */
  metadata(): Record<string, unknown> | undefined {
    const { oauth } = this.settings;
    if (!oauth) return undefined;
    return {
      resource: oauth.audience,
      authorization_servers: [oauth.issuer],
      bearer_methods_supported: ["header"],
      ...(oauth.scope === undefined ? {} : { scopes_supported: [oauth.scope] }),
      resource_name: "TekUp MCP gateway",
    };
  }

  private refusal(why: string | undefined): RpcError {
    const error = new RpcError(
      errorCode.unauthorized,
      `Not authenticated: ${why ?? "there is no API key or token"}`,
      401,
    );
    const { oauth } = this.settings;
    const parts = oauth
      ? [`resource_metadata="${new URL(metadataPath, oauth.audience).href}"`]
      : ['realm="mcp-gateway"'];
    if (oauth?.scope !== undefined) parts.push(`scope="${oauth.scope}"`);
    if (why !== undefined) parts.push('error="invalid_token"');
    error.headers["www-authenticate"] = `Bearer ${parts.join(", ")}`;
    return error;
  }
}
