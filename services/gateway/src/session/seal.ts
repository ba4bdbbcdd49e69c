import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { parseJson, toJson } from "../../../host/json";

/** What a sealed text is for; one that was sealed for another purpose does not open. */
export type Purpose = "session" | "input" | "hop" | "sse";

/** Seals what clients carry for the gateway, so that they can neither read nor change it. */
export interface Seal {
  seal(purpose: Purpose, content: unknown): string;
  /** Undefined where the text was not sealed by these keys for this purpose. */
  open(purpose: Purpose, sealed: string): unknown;
  /** Takes other secrets over. */
  use(secrets: readonly string[]): void;
}

const nonceBytes = 12;
const tagBytes = 16;
const markBytes = 4;

interface Key {
  /** The beginning of every text that the key sealed. */
  mark: Buffer;
  secret: Buffer;
}

/**
 * Seals with AES-256-GCM. A text is the key's mark, a random nonce, the content and its tag, in base64url.
 * @param secrets long and random; the first seals, all open, so that a key can be changed without ending a session.
 * @param otherwise seals as long as there is none; random when left out.
 */
export function createSeal(secrets: readonly string[], otherwise = randomSecret()): Seal {
  const own = keyOf(otherwise);
  const keysOf = (given: readonly string[]): Key[] => (given.length > 0 ? given.map(keyOf) : [own]);
  let keys = keysOf(secrets);
  return {
    use: (others) => void (keys = keysOf(others)),
    seal(purpose, content) {
      const [first] = keys as [Key];
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", first.secret, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(toJson(content), "utf8"), cipher.final()]);
      return Buffer.concat([first.mark, nonce, text, cipher.getAuthTag()]).toString("base64url");
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < markBytes + nonceBytes + tagBytes) return undefined;
      const key = keys.find(({ mark }) => mark.equals(bytes.subarray(0, markBytes)));
      return key && opened(key, purpose, bytes);
    },
  };
}

/** A secret for as long as a process lives. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64");
}

function opened({ secret }: Key, purpose: Purpose, bytes: Buffer): unknown {
  const textAt = markBytes + nonceBytes;
  const tagAt = bytes.length - tagBytes;
  try {
    const cipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(markBytes, textAt))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(tagAt));
    const text = Buffer.concat([cipher.update(bytes.subarray(textAt, tagAt)), cipher.final()]);
    return parseJson(text.toString());
  } catch {
    return undefined; // forged, or cut off
  }
}

function keyOf(secret: string): Key {
  const derived = Buffer.from(hkdfSync("sha256", secret, "", "mcp-gateway seal", 32));
  return { secret: derived, mark: createHash("sha256").update(derived).digest().subarray(0, markBytes) };
}
