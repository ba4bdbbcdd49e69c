import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import type { Settings } from "../config/schema";
import { policyOf } from "./policy";
import type { Principal } from "./principal";

export type OAuthSettings = NonNullable<Settings["oauth"]>;

/** A token was looked at and is not good, or could not be looked at. */
export class TokenError extends Error {
  /** @param unavailable the keys could not be had, which says nothing about the token. */
  constructor(
    message: string,
    readonly unavailable = false,
  ) {
    super(message);
    this.name = "TokenError";
  }
}

/** Algorithms with a public key: a token that was signed by a secret of the gateway's own can't be. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** A token that was found to be good is not looked at again for so long, in milliseconds. */
const rememberedMs = 60_000;

/** Checks bearer tokens as an OAuth 2.1 resource server: signature, issuer, time, and that they are for this resource. */
export class Tokens {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readonly good = new LRUCache<string, Principal>({ max: 10_000 });

  constructor(private readonly settings: OAuthSettings) {
    this.keys = createRemoteJWKSet(new URL(settings.jwksUrl), { timeoutDuration: 3000 });
  }

  /** Whose token it is. @throws TokenError where it is not good. */
  async check(token: string): Promise<Principal> {
    const key = createHash("sha256").update(token).digest("base64");
    const known = this.good.get(key);
    if (known) return known;
    const { issuer, audience, scope, allow, deny } = this.settings;
    const { payload } = await jwtVerify(token, this.keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: 5,
    }).catch((error: unknown) => {
      const { message } = error as Error;
      const late = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
      throw new TokenError(late ? "the issuer's keys can't be had" : message, late);
    });
    const { sub, exp, client_id: client } = payload;
    const user = sub ?? client;
    if (typeof user !== "string") throw new TokenError("it names nobody (sub)");
    if (exp === undefined) throw new TokenError("it has no end (exp)");
    const scopes = typeof payload.scope === "string" ? payload.scope.split(" ") : [];
    if (scope !== undefined && !scopes.includes(scope)) throw new TokenError(`it lacks the scope ${scope}`);
    const principal = {
      id: `user:${issuer}#${user}`,
      class: "oauth",
      policy: policyOf({ ...(allow ? { allow } : {}), deny }),
    };
    this.good.set(key, principal, { ttl: Math.max(1, Math.min(rememberedMs, exp * 1000 - Date.now())) });
    return principal;
  }
}
