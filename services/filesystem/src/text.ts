import { isUtf8 } from "node:buffer";
import { AccessError } from "./confined/errors";

/** Said where bytes are shown as what they are not. */
export const NOT_UTF8 =
  "The file is not UTF-8: each � may stand for another byte. edit_file keeps them, write_file would not; " +
  "read_media_file gives the bytes.";

/** A file's bytes as text, and a word on it where they are none: a client that writes such a text back loses bytes. */
export function decoded(bytes: Buffer): { text: string; note?: string } {
  const text = bytes.toString("utf8");
  return isUtf8(bytes) ? { text } : { text, note: NOT_UTF8 };
}

/** @throws AccessError for a text with half a surrogate pair, which no encoding can hold: it would be written as �. */
export function assertWellFormed(text: string, what: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new AccessError(`${what} holds half a surrogate pair, which is no character and can't be written`);
  }
}
