import { hash, timingSafeEqual } from "node:crypto";
import type { Settings } from "../config/schema";
import { policyOf } from "./policy";
import type { Principal } from "./principal";

interface Known {
  hash: Buffer;
  principal: Principal;
}

/** Finds the client that a key is of. A key is long and random, so that a plain hash of it can't be turned back. */
export class ApiKeys {
  private readonly known: Known[];

  constructor(clients: Settings["clients"]) {
    this.known = Object.entries(clients).flatMap(([id, { keys, class: kind, allow, deny }]) => {
      const principal = {
        id: `client:${id}`,
        class: kind,
        policy: policyOf({ ...(allow ? { allow } : {}), deny }),
      };
      return keys.map((key) => ({ hash: hashOf(key), principal }));
    });
  }

  get any(): boolean {
    return this.known.length > 0;
  }

  /** The client of a key. All are compared, in constant time, so that the time tells nothing of which one is near. */
  find(key: string): Principal | undefined {
    const hashed = sha256(key);
    let found: Principal | undefined;
    for (const known of this.known) {
      if (timingSafeEqual(known.hash, hashed)) found = known.principal;
    }
    return found;
  }
}

/** Whether a key is one of those whose hashes these are; all are compared, in constant time. */
export function isKeyOf(key: string, hashes: readonly string[]): boolean {
  const hash = sha256(key);
  return hashes.reduce((found, known) => timingSafeEqual(hashOf(known), hash) || found, false);
}

function hashOf(key: string): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(key)?.[1];
  return hex === undefined ? sha256(key) : Buffer.from(hex, "hex");
}

function sha256(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
