/** The statements that `query` takes, by their first word. */
const READING = {
  postgres: ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"],
  mariadb: ["SELECT", "WITH", "VALUES", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "ANALYZE"],
};

/** A statement that is not of a kind that reads. */
export class NotReadingError extends Error {}

/**
 * Refuses what does not begin like a statement that reads.
 *
 * This is more than a kind message: MariaDB's compound statements (`BEGIN NOT ATOMIC … END`, `IF`, `CALL`) may hold a
 * COMMIT, end the read-only transaction with it and write afterwards. The statements let through here can't: the
 * functions they call may not commit, and the read-only transaction stops what writes.
 * @throws NotReadingError
 */
export function assertReads(sql: string, kind: keyof typeof READING): void {
  if (isReading(sql, kind)) return;
  const word = firstWord(sql, kind);
  throw new NotReadingError(
    `query takes one statement that reads (${READING[kind].join(", ")}); this one begins with ${word ?? "none of these"}`,
  );
}

/** Whether a statement begins like one that reads. */
export function isReading(sql: string, kind: keyof typeof READING): boolean {
  const word = firstWord(sql, kind);
  return word !== undefined && READING[kind].includes(word);
}

/**
 * The first word of a statement in upper case, behind blanks, comments and opening brackets. Undefined where it
 * begins otherwise, and for MariaDB's comments whose content is executed.
 */
export function firstWord(sql: string, kind: keyof typeof READING): string | undefined {
  let rest = sql;
  for (;;) {
    rest = rest.replace(/^[\s(]+/, "");
    if (rest.startsWith("--") || (kind === "mariadb" && rest.startsWith("#"))) {
      const end = rest.indexOf("\n");
      if (end < 0) return undefined;
      rest = rest.slice(end + 1);
    } else if (rest.startsWith("/*")) {
      const length = kind === "mariadb" && /^\/\*M?!/.test(rest) ? undefined : commentLength(rest, kind);
      if (length === undefined) return undefined;
      rest = rest.slice(length);
    } else {
      return /^[a-z_]+/i.exec(rest)?.[0].toUpperCase();
    }
  }
}

/** The length of the block comment that the text begins with. PostgreSQL's comments nest. */
function commentLength(text: string, kind: keyof typeof READING): number | undefined {
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
