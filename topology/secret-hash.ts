import { createHash } from "node:crypto";

/** What a `SecretHash` stands for, as the gateway has keys in its configuration. */
export function secretHash(secret: string): string {
  return `sha256:${createHash("sha256").update(secret).digest("hex")}`;
}
