import { ToldError } from "./told-error";

/** The statements that `query` takes, by their first word. */
const READING = {
  postgres: ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"],
  mariadb: ["SELECT", "WITH", "VALUES", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "ANALYZE"],
};

type Kind = keyof typeof READING;

/** A statement that is not of a kind that reads. */
export class NotReadingError extends ToldError {}

/**
 * Refuses what does not begin like a statement that reads.
 *
 * This is more than a kind message: MariaDB's compound statements (`BEGIN NOT ATOMIC … END`, `IF`, `CALL`) may hold a
 * COMMIT, end the read-only transaction with it and write afterwards. The statements let through here can't: the
 * functions they call may not commit, and the read-only transaction stops what writes.
 * @throws NotReadingError
 */
export function assertReads(sql: string, kind: Kind): void {
  if (isReading(sql, kind)) return;
  const word = firstWord(sql, kind);
  throw new NotReadingError(
    `query takes one statement that reads (${READING[kind].join(", ")}); this one begins with ${word ?? "none of these"}`,
  );
}

/** Whether a statement begins like one that reads. */
export function isReading(sql: string, kind: Kind): boolean {
  const word = firstWord(sql, kind);
  return word !== undefined && READING[kind].includes(word);
}

/** Whether a statement may change rows: it begins like none that reads, or has a part that changes some. */
export function mayChange(sql: string, kind: Kind): boolean {
  return (
    !isReading(sql, kind) ||
    (firstWord(sql, kind) === "WITH" && /\b(insert|update|delete|merge)\b/i.test(sql))
  );
}

/** A statement that would have no effect behind the call that carries it. */
export class NothingLeftError extends ToldError {}

/**
 * Refuses statements all of whose effect ends with the call. Each call is one transaction on a connection that is as if new, so
 * that a ROLLBACK or a SET would be answered with success, and nothing would have come of it.
 * @throws NothingLeftError with what to do instead.
 */
export function assertLasts(sql: string, kind: Kind): void {
  const words = firstWords(sql, kind, 5, true);
  const named = words.slice(0, 2).join(" ");
  if (isOfTransactions(words, kind)) {
    throw new NothingLeftError(
      `${named} is refused: each call is a transaction of its own, which is committed when its statement succeeds and rolled ` +
        `back when it fails. What belongs together is one statement: ${together[kind]}`,
    );
  }
  if (isOfSessions(words, kind)) {
    throw new NothingLeftError(
      `${named} is refused: it would have no effect, as nothing of a call's session is left for the next one`,
    );
  }
}

/** How several statements are one. */
const together: Record<Kind, string> = {
  postgres: "WITH … and several INSERT, UPDATE or DELETE, or DO $$ BEGIN …; …; END $$",
  mariadb: "BEGIN NOT ATOMIC …; …; END",
};

function isOfTransactions([first, second]: readonly string[], kind: Kind): boolean {
  switch (first) {
    case "BEGIN":
      return !(kind === "mariadb" && second === "NOT"); // that begins a block of statements
    case "START":
      return second === "TRANSACTION";
    case "PREPARE":
      return kind === "postgres" && second === "TRANSACTION";
    case "COMMIT":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
      return true;
    case "END":
    case "ABORT":
      return kind === "postgres";
    default:
      return first === "XA" && kind === "mariadb";
  }
}

function isOfSessions([first = "", ...rest]: readonly string[], kind: Kind): boolean {
  const [second = ""] = rest;
  if (first === "CREATE") {
    const end = rest.findIndex((word) => !modifiers.has(word));
    return rest.slice(0, end < 0 ? undefined : end).some((word) => word.startsWith("TEMP"));
  }
  if (first === "SET") return !(kind === "mariadb" && lastingSet.test(second));
  if (first === "EXECUTE") return second !== "IMMEDIATE";
  return ofSessions[kind].has(first);
}

/** What may stand between CREATE and the kind of object. */
const modifiers = new Set(["OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY"]);

/** What MariaDB's SET changes for longer than a session, or for a statement that it carries, by the word behind it. */
const lastingSet = /^(GLOBAL|@@GLOBAL|PASSWORD|DEFAULT|STATEMENT)$/;

/** Statements about a session, besides those that need a further look. */
const ofSessions: Record<Kind, ReadonlySet<string>> = {
  postgres: new Set([
    ...["RESET", "DISCARD", "LOCK", "PREPARE", "DEALLOCATE", "DECLARE"],
    ...["FETCH", "MOVE", "CLOSE", "LISTEN", "UNLISTEN", "LOAD"],
  ]),
  mariadb: new Set(["LOCK", "UNLOCK", "PREPARE", "DEALLOCATE", "HANDLER", "USE"]),
};

/**
 * The first word of a statement in upper case, behind blanks, comments and opening brackets. Undefined where it
 * begins otherwise, and for MariaDB's comments whose content is executed.
 */
export function firstWord(sql: string, kind: Kind): string | undefined {
  return firstWords(sql, kind, 1, false)[0];
}

/**
 * The words that a statement begins with, in upper case, up to what is no word; behind blanks, comments and opening brackets.
 * @param executed whether MariaDB's comments whose content is executed are read as that content; they end the words otherwise.
 */
function firstWords(sql: string, kind: Kind, most: number, executed: boolean): string[] {
  const words: string[] = [];
  let rest = sql;
  while (words.length < most) {
    rest = rest.replace(words.length === 0 ? /^[\s(]+/ : /^\s+/, "");
    const opening = kind === "mariadb" ? /^\/\*M?!\d*/.exec(rest)?.[0] : undefined;
    if (opening !== undefined) {
      if (!executed) break;
      rest = rest.slice(opening.length);
    } else if (executed && kind === "mariadb" && rest.startsWith("*/")) {
      rest = rest.slice(2);
    } else if (rest.startsWith("--") || (kind === "mariadb" && rest.startsWith("#"))) {
      const end = rest.indexOf("\n");
      if (end < 0) break;
      rest = rest.slice(end + 1);
    } else if (rest.startsWith("/*")) {
      const length = commentLength(rest, kind);
      if (length === undefined) break;
      rest = rest.slice(length);
    } else {
      const word = /^@*[a-z_]+/i.exec(rest)?.[0];
      if (word === undefined) break;
      words.push(word.toUpperCase());
      rest = rest.slice(word.length);
    }
  }
  return words;
}

/** The length of the block comment that the text begins with. PostgreSQL's comments nest. */
function commentLength(text: string, kind: Kind): number | undefined {
  if (kind === "mariadb") {
    const end = text.indexOf("*/", 2);
    return end < 0 ? undefined : end + 2;
  }
  let depth = 0;
  for (const match of text.matchAll(/\/\*|\*\//g)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return match.index + 2;
  }
  return undefined;
}
