import type { DatabaseAccess, DatabaseKind } from "../../topology/types";

/** A user of a database, and what it may do there. */
export interface DatabaseUserRights {
  kind: DatabaseKind;
  database: string;
  name: string;
  access: DatabaseAccess;
  /** Schemas of PostgreSQL, databases of MariaDB that it may reach; left out where that is `public`, and `database`. */
  reach?: readonly string[];
  password: string;
}

/** Something about a server's accounts that is not as the stack's users make it. */
export interface Deviation {
  /**
   * `user`: what one of the stack's users may do; `password`: whether it is let in with its own; `shared`: what several users have
   * their rights from, such as a group; `foreign`: an account that somebody else made.
   */
  of: "user" | "password" | "shared" | "foreign";
  /** The account, as its server writes it. */
  name: string;
  /** The name of the stack's user that it is about; left out where it is about none, or about several. */
  user?: string;
  /** Of what several users have their rights from: the name of one with whom it is brought back; left out where any will do. */
  mendedBy?: string;
  /** What of it differs: `memberships`. */
  what: string;
  expected: string;
  /** Never a password or its hash. */
  found: string;
  /** Of a foreign account: a statement that locks it out and loses nothing of it. */
  lock?: string;
}

/** What an account is like, as texts by what they tell. */
export type Aspects = Readonly<Record<string, string>>;

/** The aspects in which an account is not as it should be. */
export function deviating(
  account: Pick<Deviation, "of" | "name" | "user" | "mendedBy">,
  expected: Aspects,
  found: Aspects,
): Deviation[] {
  return Object.entries(expected)
    .filter(([what, value]) => found[what] !== value)
    .map(([what, value]) => ({ ...account, what, expected: value, found: found[what] ?? "none" }));
}

/** So many of a long list are named. */
const named = 5;

/** A list as text, whatever order it came in. */
export function listed(items: readonly string[]): string {
  const sorted = [...new Set(items)].sort();
  const rest = sorted.length - named;
  return (rest > 0 ? [...sorted.slice(0, named), `${rest} more`] : sorted).join(", ") || "none";
}

/** How rights on objects are told that are as they should be. */
export const asWanted = "what its access says";

/** What somebody may do beyond the rights that are wanted, and what of these it may not; `asWanted` where neither is so. */
export function grantsAs(extra: readonly string[], missing: readonly string[]): string {
  const changes = [
    ...(extra.length > 0 ? [`also ${listed(extra)}`] : []),
    ...(missing.length > 0 ? [`not ${listed(missing)}`] : []),
  ];
  return changes.join("; ") || asWanted;
}
