import { createHash } from "node:crypto";
import type { Settings } from "./settings";

/**
 * What the database stores of a password and gives to the user it is of: MariaDB writes it in SHOW GRANTS and SHOW CREATE USER.
 * With it and one log-in that was overheard one can log in. Undefined for PostgreSQL, whose form has a salt, and which gives it to
 * superusers alone.
 */
export function storedForm(kind: Settings["kind"], password: string): string | undefined {
  if (kind === "postgres") return undefined;
  const hash = (bytes: string | Buffer) => createHash("sha1").update(bytes).digest();
  return `*${hash(hash(password)).toString("hex").toUpperCase()}`;
}
